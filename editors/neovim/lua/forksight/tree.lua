--- The fork tree in a buffer: one buffer for each repository, redrawn when the server reports a change.

local client = require('forksight.client')
local colleagues = require('forksight.colleague')
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

--- The worktree from which the visible tree was opened.
---@return string
local function here()
  return vim.b.forksight_place.worktree
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

--- Open the worktree of a line; a colleague's file, which is in no local folder, read-only.
---@param line forksight.TreeLine?
local function open_worktree(line)
  if line and line.colleague then
    return colleagues.open(line.colleague, here())
  end
  local session = line and line.session
  local worktree = session and session.worktree or line and line.worktree and line.worktree.path
  if worktree and vim.fn.isdirectory(worktree) == 1 then
    require('forksight.actions').open_folder(worktree)
  elseif session then
    client.notify(('the worktree of %s is gone'):format(words.name(session)), vim.log.levels.WARN)
  end
end

---@param title string
---@param items vim.quickfix.entry[]
local function list(title, items)
  vim.fn.setqflist({}, ' ', { title = title, items = items })
  vim.cmd('botright copen')
end

--- Put the local files with which a colleague's worktree conflicts into the quickfix list.
---@param colleague forksight.Colleague
local function show_colleague_conflicts(colleague)
  if #colleague.conflicts == 0 then
    return client.notify(('%s conflicts with no worktree here'):format(colleague.label))
  end
  local items = vim.tbl_map(function(conflict)
    local path = vim.fs.joinpath(conflict.worktree, conflict.path)
    return { filename = path, lnum = 1, text = 'conflicts with ' .. colleague.label, type = 'W' }
  end, colleague.conflicts)
  list('Conflicts with ' .. colleague.label, items)
end

--- Put the conflicts of a line's worktree into the quickfix list.
---@param line forksight.TreeLine?
local function show_conflicts(line)
  if line and line.colleague then
    return show_colleague_conflicts(line.colleague)
  end
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
  list('Conflicts in ' .. worktree.path, items)
end

--- Fork the baseline for the branch of a line; without one, ask for the branch.
---@param line forksight.TreeLine?
local function fork(line)
  local on = line and (line.worktree or line.session and not line.session.baseline and line.session)
  require('forksight.actions').fork(on and on.branch or nil)
end

--- Undo what the line shows: restore an archived session, or stop ignoring a branch.
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

--- Ignore overlaps with a line's branch, else its folder; of a colleague, ask for machine, person or branch.
---@param line forksight.TreeLine?
local function ignore(line)
  local on = line and (line.worktree or line.session)
  local folder = on and (on.path or on.worktree)
  local name = on and (on.branch or folder and vim.fs.basename(folder))
  local names = line and line.colleague and colleagues.names(line.colleague) or { name }
  local buf = vim.api.nvim_get_current_buf()
  ---@param chosen string
  local function run(chosen)
    client.execute('ignoreOverlaps', { label = chosen }, function()
      refresh(buf)
    end)
  end
  if #names == 1 then
    run(names[1])
  elseif #names > 1 then
    require('forksight.pick').ignored(names, run)
  end
end

--- A key mapping that acts on the session under the cursor.
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

--- Open a panel for the fork of a line, or for the branch of a worktree without a fork.
---@param line forksight.TreeLine?
---@param module string Whose panel.
local function open_panel(line, module)
  local name = line and (line.session and line.session.id or line.worktree and line.worktree.branch)
  if name then
    require('forksight.' .. module).open({ name })
  end
end

---@param key string
---@param does string
---@param module string Whose panel is opened for the fork under the cursor.
---@return forksight.Key
local function on_fork(key, does, module)
  return {
    key = key,
    does = does,
    run = function(line) ---@param line forksight.TreeLine?
      open_panel(line, module)
    end,
  }
end

--- Show the differences of a line: compare two forks, or diff a colleague's version with the local one.
---@param line forksight.TreeLine?
local function compare(line)
  if line and line.colleague then
    colleagues.diff(line.colleague, here())
  else
    open_panel(line, 'compare')
  end
end

---@type forksight.Key[]
M.keys = {
  { key = '<CR>', does = "open the worktree in a new tab page; a colleague's file", run = open_worktree },
  on_session('r', 'resume the session in a terminal', function(session)
    require('forksight.actions').resume(session.id)
  end),
  { key = 'f', does = 'fork the baseline for the branch', run = fork },
  on_session('b', 'mark the session as a baseline', function(session)
    require('forksight.actions').set_baseline(session.id)
  end),
  { key = 'c', does = "list the worktree's conflicts with others", run = show_conflicts },
  { key = 'd', does = "compare it with another fork; diff with a colleague's version", run = compare },
  { key = 'i', does = 'ignore overlaps with its branch; with a person or machine', run = ignore },
  on_session('K', 'show what is in the fork', function(session)
    client.execute('showFork', { session = session.id })
  end),
  on_session('F', 'ask the fork what it found', function(session)
    client.execute('takeFindings', { session = session.id })
  end),
  on_fork('m', 'land the fork: shows first what would be merged', 'land'),
  on_fork('x', 'clean the fork up: shows first what would be lost', 'clean'),
  { key = 'u', does = "restore an archived session; show an ignored branch's overlaps again", run = undo },
  panel.refresh_key(refresh),
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

--- Show the fork tree of the current repository.
function M.open()
  client.with(function(lsp, place)
    sessions.fetch(lsp, place, function(tree)
      local buf = buffer(place)
      draw(buf, tree)
      panel.show(buf)
    end)
  end)
end

--- Handle the server's notification that a tree has changed.
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
