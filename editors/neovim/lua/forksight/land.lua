--- Lands forks: shows the server's plan in a buffer, asks for consent, and can undo it.

local client = require('forksight.client')
local columns = require('forksight.columns')
local panel = require('forksight.panel')
local pick = require('forksight.pick')
local without_nulls = require('forksight.json').without_nulls

local M = {}

---@class forksight.LandEntry A fork that may land.
---@field branch string
---@field head string
---@field worktree? string
---@field target? { branch: string, head: string }
---@field outcome 'proposed'|'landed'|'stops'|'waits'|'held'|'failed'
---@field held { code: string, message: string, command?: string }[]
---@field words { outcome: string, details: string[] }

---@class forksight.Landing A run that landed forks.
---@field run string

---@class forksight.LandPlan
---@field method string
---@field forks forksight.LandEntry[] In the order in which they land.
---@field landed forksight.Landing[]
---@field summary string
---@field words { question?: forksight.Question }
---@field problems { message: string }[]

---@class forksight.LandPanel
---@field plan forksight.LandPlan
---@field named? string[] Only these were asked for.

---@type table<integer, forksight.LandPanel> By buffer.
local panels = {}

local signs = {
  proposed = { '→', 'ForksightOk' },
  landed = { '✓', 'ForksightOk' },
  stops = { '✗', 'ForksightError' },
  failed = { '✗', 'ForksightError' },
  waits = { '·', 'ForksightHint' },
  held = { '·', 'ForksightWarning' },
}

--- A fork: its line, and below it where it would stop, what would break, and what has to be done first.
---@param fork forksight.LandEntry
---@param width integer Of the longest branch.
---@return forksight.Line[]
local function lines_of(fork, width)
  local sign = signs[fork.outcome]
  local text, marks = columns.layout({
    sign,
    { columns.flat(fork.branch), 'ForksightTitle' },
    { columns.tilde(fork.words.outcome), sign[2] },
  }, { 1, width, 1 })
  local lines = { { text = text, marks = marks, level = '>1', id = fork.branch } } ---@type forksight.Line[]
  for _, detail in ipairs(fork.words.details) do
    local line = columns.plain('     ' .. columns.tilde(detail), sign[2])
    table.insert(lines, vim.tbl_extend('force', line, { level = '1', id = fork.branch }))
  end
  return lines
end

---@param plan forksight.LandPlan
---@return forksight.Line[]
local function lines(plan)
  local keys = #plan.landed > 0 and 'u take back' or plan.words.question and '<CR> land' or ''
  local drawn =
    { columns.plain(('Land: %s   %s   q close   g? help'):format(plan.summary, keys), 'ForksightTitle') }
  local width = 0
  for _, fork in ipairs(plan.forks) do
    width = math.max(width, vim.fn.strdisplaywidth(fork.branch))
  end
  for _, fork in ipairs(plan.forks) do
    vim.list_extend(drawn, lines_of(fork, width))
  end
  for _, problem in ipairs(plan.problems) do
    vim.list_extend(drawn, columns.prose(problem.message, 'ForksightWarning'))
  end
  return drawn
end

---@param buf integer
---@param plan forksight.LandPlan
local function draw(buf, plan)
  panels[buf].plan = plan
  if vim.api.nvim_buf_is_valid(buf) then
    panel.draw(buf, lines(plan))
  end
end

---@param place forksight.Place
---@param named? string[]
---@param callback fun(plan: forksight.LandPlan)
local function look(place, named, callback)
  client.execute('landForks', { sessions = named, dryRun = true }, function(result)
    callback(without_nulls(result))
  end, place)
end

---@param buf integer
local function refresh(buf)
  look(vim.b[buf].forksight_place, panels[buf].named, function(plan)
    draw(buf, plan)
  end)
end

--- Land what the panel shows, after a yes.
local function run()
  local buf = vim.api.nvim_get_current_buf()
  local plan = panels[buf].plan
  local question = plan.words.question
  if not question then
    return client.notify('nothing of this can land: ' .. plan.summary, vim.log.levels.WARN)
  end
  if not pick.is_agreed(question, 'Question') then
    return
  end
  local confirmed = vim.tbl_filter(function(fork)
    return fork.outcome == 'proposed'
  end, plan.forks)
  local arguments = { confirmed = confirmed, method = plan.method }
  client.execute('landForks', arguments, function(result)
    local outcome = without_nulls(result) ---@type forksight.LandPlan
    draw(buf, outcome)
    local messages = { outcome.summary }
    for _, problem in ipairs(outcome.problems) do
      table.insert(messages, problem.message)
    end
    if #outcome.landed > 0 then
      table.insert(messages, '`:Forksight clean` puts away what landed.')
    end
    local all = #outcome.problems == 0
    client.notify(table.concat(messages, ' '), all and vim.log.levels.INFO or vim.log.levels.WARN)
  end, vim.b[buf].forksight_place)
end

--- Undo what the panel landed.
local function undo()
  local buf = vim.api.nvim_get_current_buf()
  local runs = vim.iter(panels[buf].plan.landed):rev():totable()
  local function next_one()
    local last = table.remove(runs, 1) ---@type forksight.Landing?
    if not last then
      return refresh(buf)
    end
    client.execute('landForks', { undo = last.run, yes = true }, function(taken_back)
      client.notify(taken_back.summary)
      next_one()
    end, vim.b[buf].forksight_place)
  end
  if #runs > 0 then
    next_one()
  end
end

--- Put the command that commits a fork's work into the command line, for the person to run.
---@param line forksight.Line?
local function commit(line)
  local plan = panels[vim.api.nvim_get_current_buf()].plan
  local fork = vim.iter(plan.forks):find(function(listed)
    return line and listed.branch == line.id
  end)
  local hold = fork
    and vim.iter(fork.held):find(function(reason)
      return reason.code == 'uncommitted'
    end)
  if hold then
    local typed = ':!' .. vim.fn.escape(hold.command, '!%#')
    vim.api.nvim_feedkeys(typed, 'n', false)
  end
end

---@type forksight.Key[]
M.keys = {
  { key = '<CR>', does = 'land the forks in this order; asks first', run = run },
  { key = 'u', does = 'undo the last landing', run = undo },
  { key = 'c', does = "put the command that commits a fork's work into the command line", run = commit },
  panel.refresh_key(refresh),
}

--- Show what would land. Nothing is done yet.
---@param named? string[] Sessions or branches; default: all forks that have something to land.
function M.open(named)
  local place = client.place()
  look(place, named, function(plan)
    if #plan.forks == 0 then
      return client.notify(plan.problems[1] and plan.problems[1].message or plan.summary)
    end
    local buf = panel.buffer({ name = 'land', title = 'Land', place = place, keys = M.keys })
    panels[buf] = { plan = plan, named = named }
    draw(buf, plan)
    panel.show(buf, 'open')
  end)
end

return M
