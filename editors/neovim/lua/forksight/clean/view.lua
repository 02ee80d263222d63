--- A plan to clean up as lines of text, and in the words of a question: values in, values out.

local columns = require('forksight.columns')

local M = {}

---@class forksight.CleanWords What the server says of a fork to a person.
---@field why_short string
---@field goes string
---@field risk_short? string nil: it goes without a yes of its own.
---@field losses { text: string, names: string[] }[]
---@field seen? string What was seen that makes it safe to let it go.
---@field held? string Why it can't go now; nil: nothing holds it.
---@field question { message: string, detail: string }

---@class forksight.CleanEntry A fork that is proposed to go.
---@field session string
---@field title string
---@field branch? string
---@field reasons { message: string }[]
---@field goes { worktree?: string, branch?: string, transcript?: string }
---@field stays string[]
---@field seen? string[] What was seen that makes it safe to let it go.
---@field unseen? string[] What nobody saw that would have to be.
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

--- What a fork's line says of losing it, or of what became of it.
---@param fork forksight.CleanEntry
---@return forksight.Cell
local function risk(fork)
  local outcomes = {
    cleaned = { 'cleaned up: u brings it back', 'ForksightOk' },
    failed = { 'not cleaned up', 'ForksightError' },
    restored = { 'restored', 'ForksightOk' },
  }
  if outcomes[fork.outcome] then
    return outcomes[fork.outcome]
  elseif fork.words.held then
    return { "can't go: " .. columns.tilde(fork.words.held), 'ForksightHint' }
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

--- What a fork's fold holds: all of it, name by name.
---@param fork forksight.CleanEntry
---@return forksight.Line[]
local function details(fork)
  local facts = {} ---@type { [1]: string, [2]: string, [3]: string? }[] Label, text, highlight group.
  for _, loss in ipairs(fork.words.losses) do
    local label = fork.outcome == 'cleaned' and 'archived' or 'lost'
    table.insert(facts, { label, loss.text .. ':', 'ForksightWarning' })
    for _, lost in ipairs(loss.names) do
      table.insert(facts, { '', '  ' .. columns.flat(lost), 'ForksightWarning' })
    end
  end
  if fork.words.held then
    table.insert(facts, { "can't go", columns.tilde(fork.words.held), 'ForksightWarning' })
  end
  for _, reason in ipairs(fork.reasons) do
    table.insert(facts, { 'why', columns.tilde(reason.message) })
  end
  for _, text in ipairs(fork.seen or {}) do
    table.insert(facts, { 'seen', columns.tilde(text) })
  end
  for _, text in ipairs(fork.unseen or {}) do
    table.insert(facts, { 'doubt', columns.tilde(text), 'ForksightWarning' })
  end
  if fork.goes.worktree then
    table.insert(facts, { 'goes', 'worktree ' .. vim.fn.fnamemodify(fork.goes.worktree, ':~') })
  end
  if fork.goes.branch then
    table.insert(facts, { 'goes', 'branch ' .. fork.goes.branch })
  end
  if fork.goes.transcript then
    table.insert(facts, { 'goes', 'transcript, to the archive' })
  end
  for _, text in ipairs(fork.stays) do
    table.insert(facts, { 'stays', columns.tilde(text) })
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

--- A fork's line. What can't go says why not, over all the columns.
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

--- What a person is asked before a fork at risk goes: all that would be lost, by name.
---@param fork forksight.CleanEntry
---@return string
function M.question(fork)
  local question = fork.words.question
  return question.message .. '\n\n' .. question.detail
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
