--- The fork tree in a buffer: one for each repository, redrawn when the server says that it has changed.

local client = require('forksight.client')
local panel = require('forksight.panel')
local sessions = require('forksight.sessions')
local view = require('forksight.tree.view')
local words = require('forksight.words')

local M = {}

---@type table<integer, forksight.Tree> What each tree's buffer was drawn from.
local drawn = {}

---@param tree forksight.Tree
---@return table<string, integer>
local function conflicts(tree)
  local worktrees = {} ---@type table<string, true>
  for _, session in ipairs(tree.sessions) do
    worktrees[session.worktree or ''] = true
  end
  worktrees[''] = nil
  return require('forksight.overlaps').conflicts(vim.tbl_keys(worktrees))
end

---@param buf integer
---@param tree forksight.Tree
local function draw(buf, tree)
  drawn[buf] = tree
  panel.draw(buf, view.lines(tree, conflicts(tree), os.time()))
end

---@param buf integer
local function refresh(buf)
  client.with(function(lsp, place)
    sessions.fetch(lsp, place, function(tree)
      if vim.api.nvim_buf_is_valid(buf) then
        draw(buf, tree)
      end
    end)
  end, vim.b[buf].forksight_place)
end

--- Open the worktree that a line is about.
---@param line forksight.TreeLine?
local function open_worktree(line)
  local session = line and line.session
  local worktree = session and session.worktree or line and line.worktree and line.worktree.path
  if worktree and vim.fn.isdirectory(worktree) == 1 then
    require('forksight.actions').open_folder(worktree)
  elseif session then
    client.notify(('the worktree of %s is gone'):format(words.name(session)), vim.log.levels.WARN)
  end
end

--- Put the places where merging others into a line's worktree would stop into the quickfix list.
---@param line forksight.TreeLine?
local function show_conflicts(line)
  local path = line and (line.worktree and line.worktree.path or line.session and line.session.worktree)
  local worktree = vim.iter(drawn[vim.api.nvim_get_current_buf()].worktrees):find(function(known)
    return known.path == path
  end)
  if not worktree or #worktree.places == 0 then
    return client.notify('no other worktree edits the same lines as this one')
  end
  local items = vim.tbl_map(function(place)
    return {
      filename = vim.fs.joinpath(worktree.path, place.path),
      lnum = place.line + 1,
      text = 'conflicts with ' .. table.concat(place.others, ', '),
      type = 'W',
    }
  end, worktree.places)
  vim.fn.setqflist({}, ' ', { title = 'Conflicts in ' .. worktree.path, items = items })
  vim.cmd('botright copen')
end

--- Fork the baseline for the branch of a line; on no line the branch is asked for.
---@param line forksight.TreeLine?
local function fork(line)
  local on = line and (line.worktree or line.session and not line.session.baseline and line.session)
  require('forksight.actions').fork(on and on.branch or nil)
end

--- Undo what the line is about: the clean-up of a session, or that a branch is ignored.
---@param line forksight.TreeLine?
local function undo(line)
  local buf = vim.api.nvim_get_current_buf()
  local function undone()
    refresh(buf)
  end
  if line and line.ignored then
    require('forksight.actions').stop_ignoring(line.ignored, undone)
  elseif line and line.session and sessions.is_archived(line.session) then
    require('forksight.actions').restore(line.session.id, undone)
  end
end

--- A key that does something with the session under the cursor.
---@param key string
---@param does string
---@param run fun(session: forksight.Session)
---@return forksight.Key
local function on_session(key, does, run)
  return {
    key = key,
    does = does,
    run = function(line) ---@param line forksight.TreeLine?
      if line and line.session then
        run(line.session)
      end
    end,
  }
end

--- A key that does something with the fork under the cursor, or with the branch of a worktree that has none.
---@param key string
---@param does string
---@param module string Whose panel is opened for it.
---@return forksight.Key
local function on_fork(key, does, module)
  return {
    key = key,
    does = does,
    run = function(line) ---@param line forksight.TreeLine?
      local name = line and (line.session and line.session.id or line.worktree and line.worktree.branch)
      if name then
        require('forksight.' .. module).open({ name })
      end
    end,
  }
end

---@type forksight.Key[]
M.keys = {
  { key = '<CR>', does = 'open the worktree in a new tab page', run = open_worktree },
  on_session('r', 'resume the session in a terminal', function(session)
    require('forksight.actions').resume(session.id)
  end),
  { key = 'f', does = 'fork the baseline for the branch', run = fork },
  on_session('b', 'mark the session as a baseline', function(session)
    require('forksight.actions').set_baseline(session.id)
  end),
  { key = 'c', does = "list the worktree's conflicts with others", run = show_conflicts },
  on_fork('d', 'compare it with another fork', 'compare'),
  on_session('K', 'show what is in it', function(session)
    client.execute('showFork', { session = session.id })
  end),
  on_session('F', 'ask it what it found', function(session)
    client.execute('takeFindings', { session = session.id })
  end),
  on_fork('m', 'land it: shows first what would be merged', 'land'),
  on_fork('x', 'clean it up: shows first what would be lost', 'clean'),
  { key = 'u', does = "restore an archived session; show an ignored branch's overlaps again", run = undo },
  panel.refresh_key('refresh', refresh),
}

---@param place forksight.Place
---@return integer
local function buffer(place)
  return panel.buffer({
    name = 'tree',
    title = 'Fork tree',
    place = place,
    keys = M.keys,
  })
end

vim.api.nvim_create_autocmd('DiagnosticChanged', {
  desc = 'Show conflicts as they come and go',
  group = vim.api.nvim_create_augroup('forksight.tree', {}),
  callback = function()
    for buf, tree in pairs(drawn) do
      if not vim.api.nvim_buf_is_valid(buf) then
        drawn[buf] = nil
      elseif #vim.fn.win_findbuf(buf) > 0 then
        draw(buf, tree)
      end
    end
  end,
})

--- Show the fork tree of the repository that the person is in.
function M.open()
  client.with(function(lsp, place)
    sessions.fetch(lsp, place, function(tree)
      local buf = buffer(place)
      draw(buf, tree)
      panel.show(buf)
    end)
  end)
end

--- The server says that a tree has changed.
---@param client_id integer
function M.changed(client_id)
  local lsp = vim.lsp.get_client_by_id(client_id)
  for buf in pairs(drawn) do
    local place = vim.api.nvim_buf_is_valid(buf) and vim.b[buf].forksight_place
    if place and client.of(place) == lsp and #vim.fn.win_findbuf(buf) > 0 then
      sessions.fetch(lsp, place, function(tree)
        draw(buf, tree)
      end)
    end
  end
  vim.api.nvim_exec_autocmds('User', { pattern = 'ForksightUpdate', modeline = false })
end

return M
