--- `:Forksight {subcommand}`: runs and completes the commands of `commands/table.lua`.

local client = require('forksight.client')
local commands = require('forksight.commands.table')

local M = {}

---@param name string
---@return forksight.Command?
local function find(name)
  return vim.iter(commands):find(function(command)
    return command.name == name
  end)
end

--- The commands that the running server supports; all of them if no server is running.
---@return forksight.Command[]
function M.offered()
  local place = client.place()
  local running = place and client.of(place)
  return vim
    .iter(commands)
    :filter(function(command)
      return not running
        or not command.needs
        or vim.iter(command.needs):any(function(need)
          return client.offers(running, 'forksight.' .. need)
        end)
    end)
    :totable()
end

--- Run a subcommand; without one, ask which.
---@param args string[]
function M.run(args)
  if #args == 0 then
    return require('forksight.pick').command(M.offered(), function(command)
      command.run({})
    end)
  end
  local command = find(args[1])
  if not command then
    return client.notify(
      ('`%s` is not a command: see `:help :Forksight`'):format(args[1]),
      vim.log.levels.ERROR
    )
  end
  command.run(vim.list_slice(args, 2))
end

--- Complete `:Forksight`.
---@param lead string The argument under the cursor, so far.
---@param line string The command line, so far.
---@return string[]
function M.complete(lead, line)
  local words = vim.split(line:gsub('\\ ', '\0'), '%s+', { trimempty = true }) -- an escaped space is part of a name
  local before = vim.list_slice(words, 2, lead == '' and #words or #words - 1)
  local candidates ---@type string[]
  if #before == 0 then
    candidates = vim
      .iter(M.offered())
      :map(function(command)
        return command.name
      end)
      :totable()
  else
    local command = find(before[1])
    candidates = command and command.complete and command.complete(#before, vim.list_slice(before, 2)) or {}
  end
  local seen = {} ---@type table<string, true>
  return vim
    .iter(candidates)
    :map(function(candidate)
      return (candidate:gsub(' ', '\\ '))
    end)
    :filter(function(candidate)
      local keep = vim.startswith(candidate, lead) and not seen[candidate]
      seen[candidate] = true
      return keep
    end)
    :totable()
end

return M
