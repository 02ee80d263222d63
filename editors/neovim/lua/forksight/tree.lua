--- The fork tree in a buffer: one for each repository, redrawn in place when the server says that it has changed.

local client = require('forksight.client')
local sessions = require('forksight.sessions')
local view = require('forksight.tree.view')

local M = {}

local namespace = vim.api.nvim_create_namespace('forksight.tree')

---@type table<string, integer> The tree's buffer, by common git dir.
local buffers = {}

---@type table<integer, forksight.Tree> What each of those buffers was drawn from.
local drawn = {}

---@type table<integer, forksight.Line[]> What each of them shows.
local shown = {}

---@param window integer
---@return forksight.Line?
local function line_at_cursor(window)
  local lines = shown[vim.api.nvim_win_get_buf(window)] or {}
  return lines[vim.api.nvim_win_get_cursor(window)[1]]
end

---@param window integer
---@return forksight.Session?
local function session_at_cursor(window)
  local line = line_at_cursor(window)
  return line and line.session
end

--- The ids whose folds are closed in a window.
---@param window integer
---@param lines forksight.Line[]
---@return table<string, true>
local function closed_folds(window, lines)
  return vim.api.nvim_win_call(window, function()
    local closed = {}
    for number, line in ipairs(lines) do
      if line.session and vim.fn.foldclosed(number) == number then
        closed[line.session.id] = true
      end
    end
    return closed
  end)
end

--- Put the cursor and the closed folds of a window back where they were, by session.
---@param window integer
---@param lines forksight.Line[]
---@param selected? forksight.Session
---@param closed table<string, true>
local function restore(window, lines, selected, closed)
  vim.api.nvim_win_call(window, function()
    for number, line in ipairs(lines) do
      local id = line.session and line.session.id
      if id and closed[id] then
        pcall(vim.cmd, number .. 'foldclose')
      end
      if id and selected and id == selected.id then
        vim.api.nvim_win_set_cursor(window, { number, 0 })
      end
    end
  end)
end

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
  local lines = view.lines(tree, conflicts(tree), os.time())
  drawn[buf] = tree
  local before = vim.tbl_map(function(window)
    return {
      window = window,
      selected = session_at_cursor(window),
      closed = closed_folds(window, shown[buf] or {}),
    }
  end, vim.fn.win_findbuf(buf))
  local texts = vim.tbl_map(function(line)
    return line.text
  end, lines)
  shown[buf] = lines
  vim.bo[buf].modifiable = true
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, texts)
  vim.bo[buf].modifiable = false
  vim.bo[buf].modified = false
  vim.api.nvim_buf_clear_namespace(buf, namespace, 0, -1)
  for number, line in ipairs(lines) do
    for _, mark in ipairs(line.marks) do
      local look = { end_col = mark.to, hl_group = mark.group }
      vim.api.nvim_buf_set_extmark(buf, namespace, number - 1, mark.from, look)
    end
  end
  for _, was in ipairs(before) do
    restore(was.window, lines, was.selected, was.closed)
  end
end

---@param buf integer
local function refresh(buf)
  client.with(function(lsp, place)
    sessions.fetch(lsp, place, function(tree)
      if vim.api.nvim_buf_is_valid(buf) then
        draw(buf, tree)
      end
    end)
  end)
end

--- 'foldexpr' of the tree's window.
---@return string
function M.foldexpr()
  local line = (shown[vim.api.nvim_get_current_buf()] or {})[vim.v.lnum]
  return line and line.level or '0'
end

--- 'foldtext' of the tree's window: the session's own line, and how many lie in the fold.
---@return string
function M.foldtext()
  local line = vim.fn.getline(vim.v.foldstart)
  return ('%s  (+%d)'):format(line, vim.v.foldend - vim.v.foldstart)
end

---@param session forksight.Session
local function open_worktree(session)
  if not session.worktree or vim.fn.isdirectory(session.worktree) == 0 then
    return client.notify(('the worktree of %s is gone'):format(view.name(session)), vim.log.levels.WARN)
  end
  require('forksight.actions').open_folder(session.worktree)
end

---@type { key: string, does: string, run: fun(session: forksight.Session) }[]
M.keys = {
  { key = '<CR>', does = "open the session's worktree in a new tab page", run = open_worktree },
  {
    key = 'r',
    does = 'resume the session in a terminal',
    run = function(session)
      require('forksight.actions').resume(session.id)
    end,
  },
  {
    key = 'd',
    does = 'compare it with another fork',
    run = function(session)
      client.execute('compareForks', { sessions = { session.id } })
    end,
  },
  {
    key = 'x',
    does = 'clean it up: shows first what would be lost',
    run = function(session)
      client.execute('cleanForks', { sessions = { session.id } })
    end,
  },
}

---@return string[]
function M.help()
  local lines = vim.tbl_map(function(key)
    return ('%-5s %s'):format(key.key, key.does)
  end, M.keys)
  return vim.list_extend(lines, {
    'u     on an ignored branch: show its overlaps again',
    'R     refresh',
    'za    open or close a fold',
    'q     close this window',
    'g?    this help',
  })
end

---@param buf integer
local function map_keys(buf)
  ---@param lhs string
  ---@param desc string
  ---@param run function
  local function map(lhs, desc, run)
    vim.keymap.set('n', lhs, run, { buffer = buf, nowait = true, desc = 'Forksight: ' .. desc })
  end
  for _, key in ipairs(M.keys) do
    map(key.key, key.does, function()
      local session = session_at_cursor(0)
      if session then
        key.run(session)
      end
    end)
  end
  map('R', 'refresh', function()
    refresh(buf)
  end)
  map('u', 'show ignored overlaps again', function()
    local line = line_at_cursor(0)
    if line and line.ignored then
      require('forksight.actions').stop_ignoring(line.ignored, function()
        refresh(buf)
      end)
    end
  end)
  map('q', 'close', function()
    vim.api.nvim_win_close(0, false)
  end)
  map('g?', 'help', function()
    vim.lsp.util.open_floating_preview(M.help(), 'text', { title = ' Fork tree ', border = 'rounded' })
  end)
end

---@param place forksight.Place
---@return integer
local function buffer(place)
  local buf = buffers[place.common_dir]
  if buf and vim.api.nvim_buf_is_valid(buf) then
    return buf
  end
  buf = vim.api.nvim_create_buf(false, true)
  buffers[place.common_dir] = buf
  vim.api.nvim_buf_set_name(buf, 'forksight-tree://' .. place.common_dir)
  vim.api.nvim_create_autocmd('DiagnosticChanged', {
    desc = 'Show conflicts as they come and go',
    callback = function()
      if not vim.api.nvim_buf_is_valid(buf) then
        return true -- and listen no more
      elseif drawn[buf] and #vim.fn.win_findbuf(buf) > 0 then
        draw(buf, drawn[buf])
      end
    end,
  })
  vim.b[buf].forksight_place = place
  vim.bo[buf].bufhidden = 'hide'
  vim.bo[buf].filetype = 'forksight-tree'
  map_keys(buf)
  return buf
end

--- Show the buffer in a window that is as high as it needs to be.
---@param buf integer
local function show(buf)
  local window = vim.fn.win_findbuf(buf)[1]
  if window then
    vim.api.nvim_set_current_win(window)
    return
  end
  vim.cmd(('botright %dsplit'):format(math.min(vim.api.nvim_buf_line_count(buf) + 1, 15)))
  vim.api.nvim_win_set_buf(0, buf)
  local options = {
    foldmethod = 'expr',
    foldexpr = "v:lua.require'forksight.tree'.foldexpr()",
    foldtext = "v:lua.require'forksight.tree'.foldtext()",
    foldlevel = 99,
    number = false,
    relativenumber = false,
    signcolumn = 'no',
    spell = false,
    wrap = false,
    cursorline = true,
    winfixheight = true,
  }
  for name, value in pairs(options) do
    vim.api.nvim_set_option_value(name, value, { scope = 'local', win = 0 })
  end
  for number, line in ipairs(shown[buf]) do
    if line.session then
      return vim.api.nvim_win_set_cursor(0, { number, 0 })
    end
  end
end

--- Show the fork tree of the repository that the person is in.
function M.open()
  client.with(function(lsp, place)
    sessions.fetch(lsp, place, function(tree)
      require('forksight.highlights').define()
      local buf = buffer(place)
      draw(buf, tree)
      show(buf)
    end)
  end)
end

--- The server says that a tree has changed.
---@param client_id integer
function M.changed(client_id)
  local lsp = vim.lsp.get_client_by_id(client_id)
  for _, buf in pairs(buffers) do
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
