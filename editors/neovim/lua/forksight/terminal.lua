--- Terminals of sessions. A session that still runs is shown again, never started a second time.

local M = {}

---@class forksight.OpenTerminal
---@field title string
---@field cwd string
---@field argv string[]
---@field env? table<string, string> `vim.NIL` unsets a variable.
---@field unset? string[] The variables to unset, by name: Neovim 0.11 loses every null that it is sent.

---@class forksight.Terminal
---@field key string
---@field buf integer
---@field job integer

---@type forksight.Terminal[]
local terminals = {}

--- The session of a terminal's command line.
--- A fork starts with `--resume <parent> --session-id <own>`, and resumes with `--resume <own>`.
---@param params forksight.OpenTerminal
---@return string
local function key_of(params)
  local values = {} ---@type table<string, string>
  for i, item in ipairs(params.argv) do
    values[item] = values[item] or params.argv[i + 1]
  end
  return values['--session-id'] or values['--resume'] or table.concat({ params.cwd, params.title }, '\n')
end

---@param job integer
---@return boolean
local function runs(job)
  return vim.fn.jobwait({ job }, 0)[1] == -1
end

---@param key string
---@return forksight.Terminal?
local function find(key)
  terminals = vim
    .iter(terminals)
    :filter(function(terminal)
      return vim.api.nvim_buf_is_valid(terminal.buf)
    end)
    :totable()
  return vim.iter(terminals):find(function(terminal)
    return terminal.key == key
  end)
end

--- Go to the buffer's window, in any tab page; without one, open a window as configured.
---@param buf integer
local function show(buf)
  local window = vim.fn.win_findbuf(buf)[1]
  if window then
    vim.api.nvim_set_current_win(window)
    return
  end
  local where = require('forksight.config').get().terminal
  vim.cmd(({ split = 'botright split', vsplit = 'botright vsplit', tab = 'tab split' })[where])
  vim.api.nvim_win_set_buf(0, buf)
end

--- The job options for an environment. To unset a variable, `jobstart()` needs a complete environment.
---@param params forksight.OpenTerminal
---@return { env: table<string, string>, clear_env: boolean }
local function environment(params)
  local sets, unsets = vim.empty_dict(), vim.deepcopy(params.unset or {})
  for name, value in pairs(params.env or {}) do
    if value == vim.NIL then
      table.insert(unsets, name)
    else
      sets[name] = value
    end
  end
  if #unsets == 0 then
    return { env = sets, clear_env = false }
  end
  local whole = vim.fn.environ()
  for _, name in ipairs(unsets) do
    whole[name] = nil
  end
  return { env = vim.tbl_extend('force', whole, sets), clear_env = true }
end

--- Start the command in a terminal buffer, shown in the current window.
---@param params forksight.OpenTerminal
---@return integer job 0 or less if it did not start.
local function start(params)
  local options = vim.tbl_extend('error', { term = true, cwd = params.cwd }, environment(params))
  local started, job = pcall(vim.fn.jobstart, params.argv, options)
  return started and job or -1
end

--- The session that runs in a buffer of ours.
---@param buf integer
---@return string? session Its id.
function M.session_in(buf)
  local shown = vim.iter(terminals):find(function(terminal)
    return terminal.buf == buf and runs(terminal.job)
  end)
  return shown and shown.key or nil
end

--- Go to the terminal that a session runs in.
---@param session string Its id.
---@return boolean found false: none of ours does.
function M.focus(session)
  local terminal = find(session)
  if not terminal or not runs(terminal.job) then
    return false
  end
  show(terminal.buf)
  vim.cmd.startinsert()
  return true
end

--- Answer `forksight/openTerminal`.
---@param params forksight.OpenTerminal
---@return { opened: boolean }
function M.open(params)
  local key = key_of(params)
  if M.focus(key) then
    return { opened = true }
  end
  local terminal = find(key)
  local buf = vim.api.nvim_create_buf(true, false)
  if terminal then -- it has ended: the new one takes its window
    show(terminal.buf)
    vim.api.nvim_win_set_buf(0, buf)
    vim.api.nvim_buf_delete(terminal.buf, { force = true })
  else
    show(buf)
  end
  local job = start(params)
  if job <= 0 then
    vim.api.nvim_buf_delete(buf, { force = true })
    require('forksight.client').notify(
      ('could not start `%s` in %s'):format(params.argv[1], params.cwd),
      vim.log.levels.ERROR
    )
    return { opened = false }
  end
  pcall(vim.api.nvim_buf_set_name, buf, 'term://forksight/' .. params.title)
  vim.b[buf].forksight_place = require('forksight.repository').place(params.cwd)
  table.insert(terminals, { key = key, buf = buf, job = job })
  vim.cmd.startinsert()
  return { opened = true }
end

return M
