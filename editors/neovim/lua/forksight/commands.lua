--- `:Forksight {subcommand}`: one table drives what runs, what completes, and what the help says.

local client = require('forksight.client')

local M = {}

---@class forksight.Command
---@field name string
---@field arguments string As the help shows them.
---@field summary string
---@field needs? string[] Server commands without which this one is neither completed nor run; any of them will do.
---@field complete? fun(position: integer, before: string[]): string[]
---@field run fun(args: string[])

---@return string[]
local function branches()
  return require('forksight.refs').local_names()
end

---@return string[]
local function sessions_and_branches()
  local known = require('forksight.sessions').known
  return vim.list_extend(
    known(function(session)
      return session.branch
    end),
    known(function(session)
      return session.id
    end)
  )
end

---@return string[]
local function archived()
  local sessions = require('forksight.sessions')
  return sessions.known(function(session)
    return sessions.is_archived(session) and session.id or nil
  end)
end

---@return string[]
local function baselines()
  local sessions = require('forksight.sessions')
  return sessions.known(sessions.baseline_of)
end

--- Completes only the first arguments, each from what `list` gives.
---@param count integer
---@param list fun(): string[]
---@return fun(position: integer): string[]
local function first(count, list)
  return function(position)
    return position <= count and list() or {}
  end
end

--- Calls a function of `forksight.actions` with the arguments.
---@param name string
---@return fun(args: string[])
local function action(name)
  return function(args)
    require('forksight.actions')[name](unpack(args))
  end
end

---@type table<string, fun(args: string[])>
local baseline = {
  set = function(args)
    require('forksight.actions').set_baseline(args[2], args[3])
  end,
  refresh = function(args)
    client.execute('refreshBaseline', { name = args[2] })
  end,
  rollback = function(args)
    client.execute('rollbackBaseline', { name = args[2] })
  end,
}

---@type forksight.Command[]
M.list = {
  {
    name = 'fork',
    arguments = '[branch] [start point]',
    summary = 'Fork the baseline session into a worktree of the branch',
    needs = { 'forkSession' },
    complete = first(2, branches),
    run = action('fork'),
  },
  {
    name = 'resume',
    arguments = '[session or branch]',
    summary = 'Resume a session in a terminal, or go to it if it runs',
    needs = { 'resumeSession' },
    complete = first(1, sessions_and_branches),
    run = action('resume'),
  },
  {
    name = 'tree',
    arguments = '',
    summary = 'Show the fork tree',
    needs = { 'showForkTree' },
    run = function()
      require('forksight.tree').open()
    end,
  },
  {
    name = 'baseline',
    arguments = 'set [session] [name] | refresh [name] | rollback [name]',
    summary = 'Mark a session as the baseline, refresh it, or go back a generation',
    needs = { 'refreshBaseline', 'setBaseline', 'rollbackBaseline' },
    complete = function(position, before)
      if position == 1 then
        return { 'set', 'refresh', 'rollback' }
      elseif position == 2 then
        return before[1] == 'set' and sessions_and_branches() or baselines()
      end
      return {}
    end,
    run = function(args)
      local run = baseline[args[1] or 'refresh']
      if not run then
        return client.notify(('`%s` is not set, refresh or rollback'):format(args[1]), vim.log.levels.ERROR)
      end
      run(args)
    end,
  },
  {
    name = 'overlaps',
    arguments = '',
    summary = 'List where other worktrees edit the same lines',
    run = function()
      require('forksight.overlaps').list()
    end,
  },
  {
    name = 'diff',
    arguments = '',
    summary = 'Diff with the other side of the overlap under the cursor',
    run = function()
      require('forksight.overlaps').diff()
    end,
  },
  {
    name = 'clean',
    arguments = '',
    summary = 'Clean up abandoned forks: shows the plan first',
    needs = { 'cleanForks' },
    run = function()
      client.execute('cleanForks')
    end,
  },
  {
    name = 'restore',
    arguments = '[session]',
    summary = 'Bring back a fork that was cleaned up',
    needs = { 'restoreFork' },
    complete = first(1, archived),
    run = action('restore'),
  },
  {
    name = 'compare',
    arguments = '[session or branch] [session or branch]',
    summary = 'Compare two forks',
    needs = { 'compareForks' },
    complete = first(2, sessions_and_branches),
    run = function(args)
      client.execute('compareForks', { sessions = args })
    end,
  },
  {
    name = 'savings',
    arguments = '',
    summary = 'Show what forking has saved',
    needs = { 'showSavings' },
    run = function()
      client.execute('showSavings')
    end,
  },
  {
    name = 'worktree',
    arguments = '[branch]',
    summary = 'Open a worktree in a new tab page',
    complete = first(1, branches),
    run = action('worktree'),
  },
  {
    name = 'log',
    arguments = '',
    summary = "Open Neovim's LSP log, which has what the server says",
    run = action('log'),
  },
  {
    name = 'restart',
    arguments = '',
    summary = 'Restart the server',
    run = function()
      client.restart()
    end,
  },
}

---@param name string
---@return forksight.Command?
local function find(name)
  return vim.iter(M.list):find(function(command)
    return command.name == name
  end)
end

--- The commands that the running server has a use for. With none running, any may.
---@return forksight.Command[]
function M.offered()
  local place = client.place()
  local running = place and client.of(place)
  return vim
    .iter(M.list)
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
  local words = vim.split(line, '%s+', { trimempty = true })
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
    :filter(function(candidate)
      local keep = vim.startswith(candidate, lead) and not seen[candidate]
      seen[candidate] = true
      return keep
    end)
    :totable()
end

return M
