--- What a person can set for this plugin, in `vim.g.forksight`. There is no setup function.

local M = {}

---@class forksight.Config
---@field cmd? string[] The server's command. nil: `forksight server`, found on PATH or where uv and pipx put it.
---@field terminal? 'split'|'vsplit'|'tab' Where a session's terminal opens.
---@field progress? boolean Whether the message line says what the server is at. Set it to false if another plugin does.
---@field settings? table<string, any> The server's settings, for example `{ overlaps = { delay = 50 } }`.

---@type forksight.Config
local defaults = {
  cmd = nil,
  terminal = 'split',
  progress = true,
  settings = vim.empty_dict(),
}

local names = { cmd = true, terminal = true, progress = true, settings = true }
local terminals = { split = true, vsplit = true, tab = true }

---@param cmd any
---@return boolean
local function is_argv(cmd)
  return vim.islist(cmd)
    and #cmd > 0
    and vim.iter(cmd):all(function(item)
      return type(item) == 'string'
    end)
end

--- The settings in force, and a sentence for each value that is wrong (its default is used instead).
---@return forksight.Config config
---@return string[] problems
function M.check()
  local config, problems = vim.deepcopy(defaults), {}
  local user = vim.g.forksight
  if user == nil then
    return config, problems
  elseif type(user) ~= 'table' then
    return config, { 'vim.g.forksight must be a table, not a ' .. type(user) }
  end
  for key, value in pairs(user) do
    if key == 'cmd' and not is_argv(value) then
      table.insert(
        problems,
        "vim.g.forksight.cmd must be a list of strings, for example { 'forksight', 'server' }"
      )
    elseif key == 'terminal' and not terminals[value] then
      table.insert(problems, "vim.g.forksight.terminal must be 'split', 'vsplit' or 'tab'")
    elseif key == 'progress' and type(value) ~= 'boolean' then
      table.insert(problems, 'vim.g.forksight.progress must be true or false')
    elseif key == 'settings' and (type(value) ~= 'table' or (vim.islist(value) and #value > 0)) then
      table.insert(problems, 'vim.g.forksight.settings must be a table of settings by name')
    elseif not names[key] then
      table.insert(problems, ('vim.g.forksight.%s is not a setting'):format(key))
    elseif key ~= 'settings' or next(value) then -- an empty table would travel as a JSON list
      config[key] = value
    end
  end
  return config, problems
end

---@return forksight.Config
function M.get()
  return (M.check())
end

return M
