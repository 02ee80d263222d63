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

---@param key 'id'|'branch'
---@param state? string
---@return string[]
local function known(key, state)
  return vim
    .iter(require('forksight.tree').sessions())
    :map(function(session)
      return (not state or session.state == state) and session[key] or nil
    end)
    :totable()
end

---@return string[]
local function branches()
  local place = client.place()
  return vim
    .iter(place and require('forksight.git').branches(place.worktree) or {})
    :map(function(branch)
      return branch.name
    end)
    :totable()
end

---@return string[]
local function baselines()
  return vim
    .iter(require('forksight.tree').sessions())
    :map(function(session)
      return session.baseline and session.baseline.current and session.baseline.name or nil
    end)
    :totable()
end

---@return string[]
local function sessions_and_branches()
  return vim.list_extend(known('branch'), known('id'))
end

---@param session forksight.Session
---@return boolean
local function is_usable(session)
  return session.state ~= 'archived'
end

---@param prompt string
---@param on_session fun(session: forksight.Session)
---@param fits? fun(session: forksight.Session): boolean Default: all but the archived ones.
local function pick_session(prompt, on_session, fits)
  require('forksight.tree').with_sessions(function(sessions)
    require('forksight.pick').session(prompt, vim.tbl_filter(fits or is_usable, sessions), on_session)
  end)
end

--- Mark a session as a baseline; asks for what is not given.
---@param session? string
---@param name? string
---@param on_set? fun()
local function set_baseline(session, name, on_set)
  if session and name then
    return client.execute('setBaseline', { session = session, name = name }, on_set)
  elseif session then
    return require('forksight.pick').baseline_name('project-baseline', function(chosen)
      set_baseline(session, chosen, on_set)
    end)
  end
  pick_session('Which session knows what every fork should know?', function(chosen)
    set_baseline(chosen.id, nil, on_set)
  end)
end

---@type table<string, fun(args: string[])>
local baseline = {
  set = function(args)
    set_baseline(args[2], args[3])
  end,
  refresh = function(args)
    client.execute('refreshBaseline', { name = args[2] })
  end,
  rollback = function(args)
    client.execute('rollbackBaseline', { name = args[2] })
  end,
}

--- Fork for a branch that is asked for. The first time there is no baseline: it is marked first.
local function ask_and_fork()
  require('forksight.tree').with_sessions(function(sessions, place)
    if #baselines() == 0 and #sessions > 0 then
      return set_baseline(nil, nil, ask_and_fork)
    end
    require('forksight.pick').branch(place.worktree, sessions, function(branch, start_point)
      client.execute('forkSession', { branch = branch, startPoint = start_point })
    end)
  end)
end

---@type forksight.Command[]
M.list = {
  {
    name = 'fork',
    arguments = '[branch] [start point]',
    summary = 'Fork the baseline session into a worktree of the branch',
    needs = { 'forkSession' },
    complete = function(position)
      return position <= 2 and branches() or {}
    end,
    run = function(args)
      if args[1] then
        return client.execute('forkSession', { branch = args[1], startPoint = args[2] })
      end
      ask_and_fork()
    end,
  },
  {
    name = 'resume',
    arguments = '[session or branch]',
    summary = 'Resume a session in a terminal, or go to it if it runs',
    needs = { 'resumeSession' },
    complete = function(position)
      return position == 1 and sessions_and_branches() or {}
    end,
    run = function(args)
      if args[1] then
        return client.execute('resumeSession', { session = args[1] })
      end
      pick_session('Resume which session?', function(session)
        client.execute('resumeSession', { session = session.id })
      end)
    end,
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
      local action = baseline[args[1] or 'refresh']
      if not action then
        return client.notify(('`%s` is not set, refresh or rollback'):format(args[1]), vim.log.levels.ERROR)
      end
      action(args)
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
    complete = function(position)
      return position == 1 and known('id', 'archived') or {}
    end,
    run = function(args)
      if args[1] then
        return client.execute('restoreFork', { session = args[1] })
      end
      pick_session('Restore which session?', function(session)
        client.execute('restoreFork', { session = session.id })
      end, function(session)
        return session.state == 'archived'
      end)
    end,
  },
  {
    name = 'compare',
    arguments = '[session or branch] [session or branch]',
    summary = 'Compare two forks',
    needs = { 'compareForks' },
    complete = function(position)
      return position <= 2 and sessions_and_branches() or {}
    end,
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
    complete = function(position)
      return position == 1 and branches() or {}
    end,
    run = function(args)
      local place = client.place()
      if not place then
        return client.notify('this is not in a git worktree', vim.log.levels.WARN)
      end
      local open = require('forksight.tree').open_worktree
      if not args[1] then
        return require('forksight.pick').worktree(place.worktree, function(worktree)
          open(worktree.path)
        end)
      end
      for _, worktree in ipairs(require('forksight.git').worktrees(place.worktree)) do
        if worktree.branch == args[1] then
          return open(worktree.path)
        end
      end
      client.notify(
        ('no worktree has `%s` checked out: `:Forksight fork %s` makes one'):format(args[1], args[1])
      )
    end,
  },
  {
    name = 'log',
    arguments = '',
    summary = "Open Neovim's LSP log, which has what the server says",
    run = function()
      vim.cmd.tabnew({ args = { vim.lsp.log.get_filename() }, magic = { file = false } })
      vim.cmd('setlocal readonly nowrap | normal! G')
    end,
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
