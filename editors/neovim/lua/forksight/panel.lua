--- Panels: buffers of lines with key mappings, such as the fork tree. Redrawing keeps the cursor and the folds.

local M = {}

local namespace = vim.api.nvim_create_namespace('forksight.panel')

---@class forksight.Key
---@field key string
---@field does string As the help says it.
---@field run fun(line: forksight.Line?) Gets the line under the cursor.

---@class forksight.Panel
---@field name string What it shows of the repository: `tree`.
---@field title string Of its help.
---@field place forksight.Place
---@field keys forksight.Key[]

---@type table<integer, forksight.Line[]> What each buffer shows.
local shown = {}

--- The lines that explain the keys.
---@param keys forksight.Key[]
---@return string[]
function M.help(keys)
  local lines = vim.tbl_map(function(key)
    return ('%-7s %s'):format(key.key, key.does)
  end, keys)
  return vim.list_extend(lines, {
    'za      open or close a fold',
    'q       close this window',
    'g?      this help',
  })
end

--- The key that refreshes the panel.
---@param refresh fun(buf: integer)
---@return forksight.Key
function M.refresh_key(refresh)
  return {
    key = 'R',
    does = 'refresh',
    run = function()
      refresh(vim.api.nvim_get_current_buf())
    end,
  }
end

---@param window? integer Default: the current one.
---@return forksight.Line?
local function line_at_cursor(window)
  local lines = shown[vim.api.nvim_win_get_buf(window or 0)] or {}
  return lines[vim.api.nvim_win_get_cursor(window or 0)[1]]
end

--- The number of the first line of each item.
---@param lines forksight.Line[]
---@return table<string, integer>
local function firsts(lines)
  local numbers = {} ---@type table<string, integer>
  for number, line in ipairs(lines) do
    if line.id and not numbers[line.id] then
      numbers[line.id] = number
    end
  end
  return numbers
end

---@class forksight.View
---@field window integer
---@field id? string What the cursor is on.
---@field offset integer How many lines below the first one about that.
---@field folds table<string, boolean> Whether the fold of each thing that can be seen is closed.

---@param window integer
---@param lines forksight.Line[]
---@return forksight.View
local function save(window, lines)
  local numbers = firsts(lines)
  local number = vim.api.nvim_win_get_cursor(window)[1]
  local id = lines[number] and lines[number].id
  local folds = {} ---@type table<string, boolean>
  vim.api.nvim_win_call(window, function()
    for about, first in pairs(numbers) do
      local closed = vim.fn.foldclosed(first)
      if closed == first or closed == -1 then -- else it lies in another one's fold, which opening it would open
        folds[about] = closed == first
      end
    end
  end)
  return { window = window, id = id, offset = id and number - numbers[id] or 0, folds = folds }
end

---@param view forksight.View
---@param lines forksight.Line[]
local function restore(view, lines)
  local numbers = firsts(lines)
  vim.api.nvim_win_call(view.window, function()
    for id, closed in pairs(view.folds) do
      if numbers[id] then
        pcall(vim.cmd, numbers[id] .. (closed and 'foldclose' or 'foldopen'))
      end
    end
    local first = view.id and numbers[view.id]
    if first then
      vim.api.nvim_win_set_cursor(view.window, { math.min(first + view.offset, #lines), 0 })
    end
  end)
end

--- Show these lines in a panel's buffer.
---@param buf integer
---@param lines forksight.Line[]
function M.draw(buf, lines)
  local views = vim.tbl_map(function(window)
    return save(window, shown[buf] or {})
  end, vim.fn.win_findbuf(buf))
  shown[buf] = lines
  local texts = vim.tbl_map(function(line)
    return line.text
  end, lines)
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
  for _, view in ipairs(views) do
    restore(view, lines)
  end
end

--- 'foldexpr' of a panel's window.
---@return string
function M.foldexpr()
  local line = (shown[vim.api.nvim_get_current_buf()] or {})[vim.v.lnum]
  return line and line.level or '0'
end

--- 'foldtext' of windows whose folds are initially open: the line itself, and the number of lines below it.
---@return string
function M.foldtext()
  return ('%s  (+%d)'):format(vim.fn.getline(vim.v.foldstart), vim.v.foldend - vim.v.foldstart)
end

--- Close the current window, if it is not the last one.
function M.close()
  if not pcall(vim.api.nvim_win_close, 0, false) then
    vim.cmd.enew()
  end
end

--- Show the keys in a floating window until it is left.
---@param panel forksight.Panel
local function show_help(panel)
  local lines = M.help(panel.keys)
  local width = 0
  for _, line in ipairs(lines) do
    width = math.max(width, vim.fn.strdisplaywidth(line))
  end
  local buf = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].bufhidden = 'wipe'
  vim.bo[buf].modifiable = false
  local window = vim.api.nvim_open_win(buf, true, {
    relative = 'editor',
    width = math.min(width, vim.o.columns - 4),
    height = math.min(#lines, vim.o.lines - 4),
    row = math.max(math.floor((vim.o.lines - #lines) / 2) - 4, 0),
    col = math.max(math.floor((vim.o.columns - width) / 2) - 1, 0),
    style = 'minimal',
    border = 'rounded',
    title = (' %s '):format(panel.title),
    title_pos = 'center',
  })
  vim.wo[window].wrap, vim.wo[window].linebreak = true, true
  local height = math.min(vim.api.nvim_win_text_height(window, {}).all, vim.o.lines - 4)
  vim.api.nvim_win_set_height(window, height) -- all of it is seen where lines wrap, too
  for _, lhs in ipairs({ 'q', '<Esc>', 'g?' }) do
    vim.keymap.set('n', lhs, M.close, { buffer = buf, nowait = true })
  end
  vim.api.nvim_create_autocmd('WinLeave', {
    buffer = buf,
    once = true,
    callback = vim.schedule_wrap(function()
      if vim.api.nvim_win_is_valid(window) then
        vim.api.nvim_win_close(window, true)
      end
    end),
  })
end

---@param buf integer
---@param panel forksight.Panel
local function map_keys(buf, panel)
  ---@param lhs string
  ---@param desc string
  ---@param run function
  local function map(lhs, desc, run)
    vim.keymap.set('n', lhs, run, { buffer = buf, nowait = true, desc = 'Forksight: ' .. desc })
  end
  for _, key in ipairs(panel.keys) do
    map(key.key, key.does, function()
      key.run(line_at_cursor())
    end)
  end
  map('q', 'close', M.close)
  map('g?', 'help', function()
    show_help(panel)
  end)
end

--- The name of a repository: the folder that holds its common git dir.
---@param place forksight.Place
---@return string
local function repository_name(place)
  local dir = place.common_dir
  return vim.fs.basename(vim.fs.basename(dir) == '.git' and vim.fs.dirname(dir) or dir)
end

--- The buffer of a panel, made at its first use.
---@param panel forksight.Panel
---@return integer
function M.buffer(panel)
  require('forksight.highlights').define()
  local key = panel.place.common_dir .. '\n' .. panel.name
  local buf = vim.iter(vim.api.nvim_list_bufs()):find(function(known)
    return vim.b[known].forksight_panel == key
  end)
  if not buf then
    buf = vim.api.nvim_create_buf(false, true)
    local short = ('forksight://%s/%s'):format(repository_name(panel.place), panel.name)
    if not pcall(vim.api.nvim_buf_set_name, buf, short) then -- another repository is called the same
      vim.api.nvim_buf_set_name(buf, ('forksight://%s/%s'):format(panel.place.common_dir, panel.name))
    end
    vim.b[buf].forksight_panel = key
    vim.bo[buf].bufhidden = 'hide'
    vim.bo[buf].filetype = 'forksight-' .. panel.name:match('%a+')
    map_keys(buf, panel)
  end
  vim.b[buf].forksight_place = panel.place
  return buf
end

--- Show the buffer in a window of just the needed height, with the cursor on the first item.
---@param buf integer
---@param details? 'open'|'closed' How folds that only hold details are at first; nil: a closed fold counts its lines.
function M.show(buf, details)
  local window = vim.fn.win_findbuf(buf)[1]
  if window then
    vim.api.nvim_set_current_win(window)
    return
  end
  vim.cmd(('botright %dsplit'):format(math.min(vim.api.nvim_buf_line_count(buf) + 1, 15)))
  vim.api.nvim_win_set_buf(0, buf)
  local options = {
    foldmethod = 'expr',
    foldexpr = "v:lua.require'forksight.panel'.foldexpr()",
    foldtext = details and '' or "v:lua.require'forksight.panel'.foldtext()",
    fillchars = 'fold: ',
    foldlevel = details == 'closed' and 0 or 99,
    number = false,
    relativenumber = false,
    signcolumn = 'no',
    foldcolumn = '0',
    spell = false,
    list = false,
    wrap = false,
    cursorline = true,
    winfixheight = true,
  }
  for name, value in pairs(options) do
    vim.api.nvim_set_option_value(name, value, { scope = 'local', win = 0 })
  end
  for number, line in ipairs(shown[buf]) do
    if line.id then
      return vim.api.nvim_win_set_cursor(0, { number, 0 })
    end
  end
end

return M
