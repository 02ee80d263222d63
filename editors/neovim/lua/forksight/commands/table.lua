--- The table of `:Forksight` subcommands: it drives running, completion and the help.

--- A module that is only loaded when it is used: `plugin/forksight.lua` reads this table while Neovim starts.
---@param name string
---@return table
local function lazy(name)
  return setmetatable({}, {
    __index = function(_, key)
      return require(name)[key]
    end,
  })
end

local client = lazy('forksight.client')
local sessions = lazy('forksight.sessions')

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

--- The branches and the titles of sessions; for sessions with the same title, their ids.
---@param fits string The function of `forksight.sessions` that says which ones.
---@return fun(): string[]
local function names_of(fits)
  return function()
    local names, ids = {}, {} ---@type string[], table<string, string[]>
    sessions.known(function(session)
      if sessions[fits](session) then
        table.insert(names, session.branch)
        local title = session.title or ''
        ids[title] = ids[title] or {}
        table.insert(ids[title], session.id)
      end
    end)
    for title, sharing in pairs(ids) do
      vim.list_extend(names, title ~= '' and #sharing == 1 and { title } or sharing)
    end
    return names
  end
end

local usable = names_of('is_usable')

--- The names of forks, and the branches of linked worktrees, which may have no session.
---@return string[]
local function forks()
  return vim.list_extend(names_of('is_fork')(), require('forksight.refs').linked_names())
end

---@return string[]
local function baselines()
  return sessions.known(sessions.baseline_of)
end

--- Completes only the first arguments, each from the result of `list`.
---@param count integer
---@param list fun(): string[]
---@return fun(position: integer): string[]
local function first(count, list)
  return function(position)
    return position <= count and list() or {}
  end
end

--- All words joined to one name, since titles have spaces; nil if there are none.
---@param args string[]
---@return string?
local function one_name(args)
  return #args > 0 and table.concat(args, ' ') or nil
end

--- Calls a function of a module with the arguments.
---@param module string Without the `forksight.` before it.
---@param name string
---@return fun(args: string[])
local function call(module, name)
  return function(args)
    require('forksight.' .. module)[name](unpack(args))
  end
end

--- Calls a function of `forksight.actions` with all words as one name.
---@param name string
---@return fun(args: string[])
local function action_on_one(name)
  return function(args)
    require('forksight.actions')[name](one_name(args))
  end
end

--- Calls a server command for the session that all words together name.
---@param command string Without the `forksight.` before it.
---@return fun(args: string[])
local function execute_on_one(command)
  return function(args)
    client.execute(command, { session = one_name(args) })
  end
end

--- Opens a module's panel for the named forks; nil is passed if there are none.
---@param module string Without the `forksight.` before it.
---@return fun(args: string[])
local function open_panel(module)
  return function(args)
    require('forksight.' .. module).open(#args > 0 and args or nil)
  end
end

---@type table<string, fun(args: string[])>
local baseline = {
  set = function(args)
    require('forksight.actions').set_baseline(args[2], args[3])
  end,
  refresh = function(args)
    local interactive = vim.list_contains(args, '--interactive')
    local name = vim.iter(args):skip(1):find(function(arg)
      return arg ~= '--interactive'
    end)
    client.execute('refreshBaseline', { name = name, interactive = interactive })
  end,
  rollback = function(args)
    client.execute('rollbackBaseline', { name = args[2] })
  end,
  publish = function(args)
    client.execute('publishBaseline', { name = args[2] })
  end,
  fetch = function(args)
    client.execute('fetchBaseline', { name = args[2] })
  end,
}

local sharing = { 'on', 'off', 'status', 'now', 'forget' }

---@type forksight.Command[]
return {
  {
    name = 'fork',
    arguments = '[branch] [start point]',
    summary = 'Fork the baseline session into a worktree of the branch',
    needs = { 'forkSession' },
    complete = first(2, branches),
    run = call('actions', 'fork'),
  },
  {
    name = 'start',
    arguments = '',
    summary = 'Start Claude Code here, for a first session to mark as a baseline',
    run = call('actions', 'start'),
  },
  {
    name = 'resume',
    arguments = '[session or branch]',
    summary = 'Resume a session in a terminal, or go to it if it is running',
    needs = { 'resumeSession' },
    complete = first(1, usable),
    run = action_on_one('resume'),
  },
  {
    name = 'waiting',
    arguments = '',
    summary = 'Show the session that waits for a permission or an answer',
    needs = { 'resumeSession' },
    run = call('actions', 'waiting'),
  },
  {
    name = 'tree',
    arguments = '',
    summary = 'Show the fork tree',
    needs = { 'showForkTree' },
    run = call('tree', 'open'),
  },
  {
    name = 'baseline',
    arguments = 'set [session] [name] | refresh [name] [--interactive]'
      .. ' | rollback [name] | publish [name] | fetch [name]',
    summary = 'Mark, refresh or roll back the baseline, or share it with colleagues',
    needs = { 'refreshBaseline', 'setBaseline', 'rollbackBaseline' },
    complete = function(position, before)
      if position == 1 then
        return { 'set', 'refresh', 'rollback', 'publish', 'fetch' }
      end
      local names = position == 2
          and before[1] ~= 'fetch'
          and (before[1] == 'set' and usable() or baselines())
        or {}
      return before[1] == 'refresh' and vim.list_extend(names, { '--interactive' }) or names
    end,
    run = function(args)
      local run = baseline[args[1] or 'refresh']
      if not run then
        return client.notify(
          ('`%s` is not set, refresh, rollback, publish or fetch'):format(args[1]),
          vim.log.levels.ERROR
        )
      end
      run(args)
    end,
  },
  {
    name = 'overlaps',
    arguments = '',
    summary = 'List where other worktrees edit the same lines',
    run = call('overlaps', 'list'),
  },
  {
    name = 'diff',
    arguments = '',
    summary = 'Diff with the other side of the overlap under the cursor',
    run = call('overlaps', 'diff'),
  },
  {
    name = 'clean',
    arguments = '[session or branch] …',
    summary = 'Show a checklist of the forks that seem abandoned, or of those named',
    needs = { 'cleanForks' },
    complete = forks,
    run = open_panel('clean'),
  },
  {
    name = 'restore',
    arguments = '[session]',
    summary = 'Bring back a fork that was cleaned up',
    needs = { 'restoreFork' },
    complete = first(1, names_of('is_archived')),
    run = action_on_one('restore'),
  },
  {
    name = 'compare',
    arguments = '[session or branch] …',
    summary = 'Compare two or more forks',
    needs = { 'compareForks' },
    complete = forks,
    run = open_panel('compare'),
  },
  {
    name = 'show',
    arguments = '[session or branch]',
    summary = 'Show what is in a fork: its prompts, its work and its last answer',
    needs = { 'showFork' },
    complete = first(1, usable),
    run = execute_on_one('showFork'),
  },
  {
    name = 'findings',
    arguments = '[session or branch]',
    summary = 'Ask a fork what it found, and show only its answer',
    needs = { 'takeFindings' },
    complete = first(1, usable),
    run = execute_on_one('takeFindings'),
  },
  {
    name = 'land',
    arguments = '[session or branch] …',
    summary = 'Merge finished forks, after showing a plan',
    needs = { 'landForks' },
    complete = forks,
    run = open_panel('land'),
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
    name = 'share',
    arguments = 'on [remote] | off | status | now | forget [machine]',
    summary = 'Share overlaps with colleagues through the git remote',
    needs = { 'share' },
    complete = function(position)
      return position == 1 and sharing or {}
    end,
    run = function(args)
      local action = args[1] or 'status'
      if not vim.list_contains(sharing, action) then
        local actions = table.concat(sharing, ', ')
        return client.notify(('`%s` is none of %s'):format(action, actions), vim.log.levels.ERROR)
      end
      local name = one_name(vim.list_slice(args, 2))
      client.execute('share', {
        action = action,
        remote = action == 'on' and name or nil,
        machine = action == 'forget' and name or nil,
      })
    end,
  },
  {
    name = 'cancel',
    arguments = '',
    summary = "Stop the server's running work, such as refreshing a baseline",
    run = call('progress', 'cancel'),
  },
  {
    name = 'worktree',
    arguments = '[branch]',
    summary = 'Open a worktree in a new tab page',
    complete = first(1, branches),
    run = call('actions', 'worktree'),
  },
  {
    name = 'log',
    arguments = '',
    summary = "Open Neovim's LSP log, which contains the server's messages",
    run = call('actions', 'log'),
  },
  {
    name = 'restart',
    arguments = '',
    summary = 'Restart the server',
    run = call('client', 'restart'),
  },
}
