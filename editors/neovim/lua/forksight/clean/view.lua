--- Renders a plan to clean up as lines of text. Pure.

local columns = require('forksight.columns')

local M = {}

---@class forksight.CleanWords What the server says of a fork to a person.
---@field why_short string
---@field goes string
---@field risk_short? string nil: it goes without a yes of its own.
---@field losses { text: string, names: string[] }[]
---@field facts { label: string, phrases: string[], warns: boolean }[] All that is to be said of it.
---@field heading string In short whether it can go.
---@field held? string Why it can't go now; nil: nothing holds it.
---@field refusal? string That it can't go and why, a sentence.
---@field outcome? string What became of it; nil: nothing was done about it.
---@field question forksight.Question

---@class forksight.Question What to ask before something is done, and what the answers are called.
---@field message string
---@field detail string
---@field yes string
---@field no string

---@class forksight.CleanEntry A fork that is proposed to go.
---@field session string
---@field title string
---@field branch? string
---@field goes { worktree?: string, branch?: string, transcript?: string }
---@field lost table What a person has seen, as the server told of it.
---@field at_risk boolean Whether it goes only with a yes of its own.
---@field outcome 'proposed'|'cleaned'|'held'|'failed'|'restored'
---@field words forksight.CleanWords

---@class forksight.CleanPlan
---@field forks forksight.CleanEntry[]
---@field summary string One sentence on the plan, or on what became of it.
---@field problems { message: string }[]

local header = columns.header({ '    fork', 'would be lost', 'why', 'goes' })

---@param fork forksight.CleanEntry
---@return boolean
function M.can_go(fork)
  return not fork.words.held and fork.outcome == 'proposed'
end

--- The last column of a fork's line: what is at risk, or what became of it.
---@param fork forksight.CleanEntry
---@return forksight.Cell
local function risk(fork)
  if fork.outcome == 'restored' then
    return { 'restored', 'ForksightOk' }
  elseif fork.words.outcome then
    local cleaned = fork.outcome == 'cleaned'
    local undo = cleaned and ': u brings it back' or ''
    return { fork.words.outcome .. undo, cleaned and 'ForksightOk' or 'ForksightError' }
  elseif fork.words.held then
    return { ('%s: %s'):format(fork.words.heading, columns.tilde(fork.words.held)), 'ForksightHint' }
  elseif fork.words.risk_short then
    return { columns.flat(fork.words.risk_short), 'ForksightWarning' }
  end
  return { 'nothing', 'ForksightOk' }
end

---@param fork forksight.CleanEntry
---@return string
local function name(fork)
  local title = columns.flat(fork.title)
  return (fork.branch and fork.branch ~= title) and ('%s (%s)'):format(title, fork.branch) or title
end

---@param fork forksight.CleanEntry
---@param ticked boolean
---@return forksight.Cell[]
local function cells_of(fork, ticked)
  local box = M.can_go(fork) and (ticked and '[x] ' or '[ ] ') or '    '
  return {
    { box .. name(fork), ticked and 'ForksightTitle' or '' },
    risk(fork),
    { fork.words.why_short, 'ForksightHint' },
    { columns.flat(fork.words.goes), 'ForksightHint' },
  }
end

--- The lines in a fork's fold: all details, with all names.
---@param fork forksight.CleanEntry
---@return forksight.Line[]
local function details(fork)
  local facts = {} ---@type { [1]: string, [2]: string, [3]: string? }[] Label, text, highlight group.
  for _, loss in ipairs(fork.words.losses) do
    table.insert(facts, { 'lost', loss.text .. ':', 'ForksightWarning' })
    for _, lost in ipairs(loss.names) do
      table.insert(facts, { '', '  ' .. columns.flat(lost), 'ForksightWarning' })
    end
  end
  for _, fact in ipairs(fork.words.facts) do
    for _, phrase in ipairs(fact.label ~= 'lost' and fact.phrases or {}) do -- each loss is above by its name
      table.insert(facts, { fact.label, columns.tilde(phrase), fact.warns and 'ForksightWarning' or nil })
    end
  end
  local lines, before = {}, nil
  for _, fact in ipairs(facts) do
    local label, text, group = unpack(fact)
    local cells = { { label ~= before and label or '', 'ForksightHint' }, { text, group or '' } }
    local laid, marks = columns.layout({ { '', '' }, unpack(cells) }, { 4, 8, 1 })
    table.insert(lines, { text = laid, marks = marks, level = '1', id = fork.session })
    before = label ~= '' and label or before
  end
  return lines
end

--- A fork's line. For a fork that can't be cleaned up, the reason takes all columns.
---@param fork forksight.CleanEntry
---@param cells forksight.Cell[]
---@param widths integer[]
---@return forksight.Line
local function row(fork, cells, widths)
  local text, marks
  if fork.words.held then
    text, marks = columns.layout({ cells[1], cells[2] }, { widths[1], 1 })
  else
    text, marks = columns.layout(cells, widths)
  end
  return { text = text, marks = marks, level = '>1', id = fork.session }
end

---@param plan forksight.CleanPlan
---@param ticked table<string, true>
---@return string
local function title_of(plan, ticked)
  local free = vim.tbl_filter(M.can_go, plan.forks)
  if #free == 0 then
    return 'Clean up: nothing more can go   u bring back   q close   g? help'
  end
  return ('Clean up: %d of %d ticked   <Space> tick   <CR> clean up   q close   g? help'):format(
    vim.tbl_count(ticked),
    #free
  )
end

--- The checklist.
---@param plan forksight.CleanPlan
---@param ticked table<string, true> By session.
---@return forksight.Line[]
function M.lines(plan, ticked)
  local cells, names, free = {}, {}, {} ---@type table<string, forksight.Cell[]>, forksight.Cell[][], forksight.Cell[][]
  for _, fork in ipairs(plan.forks) do
    cells[fork.session] = cells_of(fork, ticked[fork.session] == true)
    table.insert(names, { cells[fork.session][1] })
    if not fork.words.held then
      table.insert(free, cells[fork.session])
    end
  end
  local widths = columns.widths(header, free)
  widths[1] = columns.widths({ header[1] }, names)[1]
  local text, marks = columns.layout(header, widths)
  local lines = {
    columns.plain(title_of(plan, ticked), 'ForksightTitle'),
    { text = text, marks = marks, level = '0' },
  }
  for _, fork in ipairs(plan.forks) do
    table.insert(lines, row(fork, cells[fork.session], widths))
    vim.list_extend(lines, details(fork))
  end
  for _, problem in ipairs(plan.problems) do
    vim.list_extend(lines, columns.prose(problem.message, 'ForksightWarning'))
  end
  return lines
end

--- What became of the chosen forks, in a message.
---@param done forksight.CleanPlan What the server answers.
---@return string
---@return boolean all Whether all of them have gone.
function M.outcome(done)
  local cleaned = vim.tbl_filter(function(fork)
    return fork.outcome == 'cleaned'
  end, done.forks)
  local lines = vim.tbl_map(function(problem)
    return columns.tilde(problem.message)
  end, done.problems)
  if #cleaned > 0 then
    table.insert(lines, 1, done.summary .. ' `:Forksight restore` brings each back.')
  elseif #lines == 0 then
    lines = { done.summary }
  end
  return table.concat(lines, '\n'), #cleaned == #done.forks
end

return M
