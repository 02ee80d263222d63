--- Questions that the server's buttons cannot ask, through `vim.ui.select` and `vim.ui.input`.

local M = {}

---@generic T
---@param kind string For pickers that treat kinds differently; they see it as `forksight_<kind>`.
---@param prompt string
---@param items T[]
---@param format_item fun(item: T): string
---@param on_choice fun(item: T) Not called when nothing was chosen.
local function select(kind, prompt, items, format_item, on_choice)
  local options = { kind = 'forksight_' .. kind, prompt = prompt, format_item = format_item }
  vim.ui.select(items, options, function(item)
    if item then
      on_choice(item)
    end
  end)
end

---@param parts (string?)[]
---@param count integer
---@return string
local function join(parts, count)
  local kept = {}
  for i = 1, count do
    if parts[i] and parts[i] ~= '' then
      table.insert(kept, parts[i])
    end
  end
  return table.concat(kept, ' · ')
end

--- Ask what a new branch starts from.
---@param refs forksight.Refs
---@param on_choice fun(start_point: string)
local function start_point(refs, on_choice)
  local choices = vim.list_extend({ { name = 'HEAD' } }, refs.branches)
  select('start_point', 'Start the new branch from', choices, function(branch)
    return branch.name == 'HEAD' and 'HEAD · where you are' or branch.name
  end, function(branch)
    on_choice(branch.name)
  end)
end

--- Ask for a branch, or for the name and the start of a new one. Each branch is listed with its fork and worktree.
---@param refs forksight.Refs
---@param sessions forksight.Session[]
---@param on_branch fun(name: string, start_point?: string)
function M.branch(refs, sessions, on_branch)
  local is_fork, words = require('forksight.sessions').is_fork, require('forksight.words')
  local forks = {} ---@type table<string, forksight.Session>
  for _, session in ipairs(sessions) do
    if session.branch and is_fork(session) then
      forks[session.branch] = session
    end
  end
  local choices = vim.tbl_filter(function(branch)
    return not branch.remote
  end, refs.branches)
  table.insert(choices, 1, { name = 'New branch…', new = true }) -- first: a fork beside what one has open
  select('branch', 'Fork session for which branch?', choices, function(branch)
    local fork = forks[branch.name]
    return join({
      branch.name,
      branch.new and 'in a worktree of its own',
      branch.current and 'where you are, no worktree of its own',
      not branch.current and branch.worktree and 'worktree ' .. vim.fn.fnamemodify(branch.worktree, ':~'),
      fork and ('fork %s (%s)'):format(words.name(fork), fork.stateText),
    }, 5)
  end, function(branch)
    if not branch.new then
      return on_branch(branch.name)
    end
    vim.ui.input({ prompt = 'New branch: ' }, function(name)
      name = vim.trim(name or ''):gsub('%s+', '-')
      if name ~= '' then
        start_point(refs, function(chosen)
          on_branch(name, chosen)
        end)
      end
    end)
  end)
end

--- Ask for the prompt of a fork. It may be empty: the person can type it in the fork's terminal.
---@param on_task fun(task?: string)
function M.task(on_task)
  vim.ui.input({ prompt = 'What is it to do? (may be empty) ' }, function(task)
    if task then -- nil: the person gave up
      on_task(vim.trim(task) ~= '' and vim.trim(task) or nil)
    end
  end)
end

--- Ask for a session.
---@param prompt string
---@param sessions forksight.Session[]
---@param on_session fun(session: forksight.Session)
function M.session(prompt, sessions, on_session)
  if #sessions == 0 then
    return require('forksight.client').notify('there is no such session in this repository')
  end
  local words = require('forksight.words')
  select('session', prompt, sessions, function(session)
    local name = words.name(session)
    local branch = session.branch ~= name and session.branch or nil
    return join({ name, session.stateText, branch, words.age(session.last_active, os.time()) }, 4)
  end, on_session)
end

--- Ask a yes-or-no question of the server's. The default answer is no.
---@param question forksight.Question
---@param kind string As |confirm()| takes it.
---@return boolean
function M.is_agreed(question, kind)
  local answers = ('&%s\n&%s'):format(question.no, question.yes)
  return vim.fn.confirm(question.message .. '\n\n' .. question.detail, answers, 1, kind) == 2
end

--- Ask for a baseline's name.
---@param default string
---@param on_name fun(name: string)
function M.baseline_name(default, on_name)
  vim.ui.input({ prompt = 'Name of the baseline: ', default = default }, function(name)
    if name and name ~= '' then
      on_name(name)
    end
  end)
end

--- Ask for a worktree.
---@param worktrees forksight.Worktree[]
---@param on_worktree fun(worktree: forksight.Worktree)
function M.worktree(worktrees, on_worktree)
  select('worktree', 'Open which worktree?', worktrees, function(worktree)
    return join({ worktree.branch or 'detached', vim.fn.fnamemodify(worktree.path, ':~') }, 2)
  end, on_worktree)
end

--- Ask for one of several other sides of an overlap.
---@generic T: { label: string }
---@param choices T[]
---@param on_side fun(side: T)
function M.side(choices, on_side)
  select('side', 'Diff with which?', choices, function(side)
    return side.label
  end, on_side)
end

--- Ask for one of a colleague's files.
---@param files forksight.ColleagueFile[]
---@param on_file fun(file: forksight.ColleagueFile)
function M.colleague_file(files, on_file)
  select('file', 'Which file?', files, function(file)
    return join({ file.path, file.with and 'conflicts with ' .. file.with }, 2)
  end, on_file)
end

--- Ask for the label with which overlaps are ignored.
---@param names string[]
---@param on_name fun(name: string)
function M.ignored(names, on_name)
  select('ignored', 'Ignore overlaps with what?', names, tostring, on_name)
end

--- Ask for one of the tasks that servers are working on.
---@param running forksight.Work[]
---@param on_work fun(work: forksight.Work)
function M.work(running, on_work)
  select('work', 'Cancel what?', running, function(work)
    return join({ work.title, work.message }, 2)
  end, on_work)
end

--- Ask for one of this plugin's commands.
---@param commands forksight.Command[]
---@param on_command fun(command: forksight.Command)
function M.command(commands, on_command)
  select('command', 'Forksight', commands, function(command)
    return ('%-10s %s'):format(command.name, command.summary)
  end, on_command)
end

return M
