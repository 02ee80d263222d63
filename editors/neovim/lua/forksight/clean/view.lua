--- A plan to clean up as lines of text, and in the words of a question: values in, values out.

local columns = require('forksight.columns')

local M = {}

---@class forksight.Lost
---@field uncommitted string[]
---@field untracked string[]
---@field ignored string[]
---@field stashes { subject: string }[]
---@field commits { count: integer, subjects: string[] }

---@class forksight.Doomed A fork that is proposed to go.
---@field session string
---@field title string
---@field branch? string
---@field reasons { code: string, message: string }[]
---@field goes { worktree?: string, branch?: string, transcript?: string }
---@field stays string[]
---@field lost forksight.Lost
---@field held { message: string }[] What keeps it from going; empty: nothing does.
---@field at_risk boolean Whether it goes only with a yes of its own.
---@field outcome 'proposed'|'cleaned'|'held'|'failed'|'restored'

---@class forksight.CleanPlan
---@field forks forksight.Doomed[]
---@field problems { message: string }[]

local most_names = 8 -- of each kind in a question; the checklist has them all

local header = columns.header({ '    fork', 'would be lost', 'why', 'goes' })

local why_words = {
  ['branch-gone'] = 'branch gone',
  ['worktree-gone'] = 'worktree gone',
  ['never-started'] = 'never started',
  refresh = 'failed refresh',
  asked = 'asked for',
}

---@param subjects { subject: string }[]
---@return string[]
local function subjects_of(subjects)
  return vim.tbl_map(function(stash)
    return stash.subject
  end, subjects)
end

--- What would be lost, kind by kind.
---@param fork forksight.Doomed
---@return { short: string, what: string, names: string[] }[]
local function losses(fork)
  local lost = fork.lost
  local kinds = {
    { lost.uncommitted, 'uncommitted', 'uncommitted file' },
    { lost.untracked, 'untracked', 'untracked file' },
    { lost.ignored, 'ignored', 'ignored file' },
    { subjects_of(lost.stashes), 'stashed', 'stash entry', 'stash entries' },
    { lost.commits.subjects, 'unmerged', 'commit' },
  }
  local found = {}
  for _, kind in ipairs(kinds) do
    local names, short, word, several = unpack(kind)
    local count = #names
    if count > 0 then
      short = word == 'commit' and columns.many(count, 'commit') or ('%d %s'):format(count, short)
      local more = ({ commit = ' in no other branch', ['ignored file'] = ', nowhere else' })[word] or ''
      local what = columns.many(count, word, several) .. more
      table.insert(found, { short = short, what = what, names = vim.tbl_map(columns.flat, names) })
    end
  end
  return found
end

---@param fork forksight.Doomed
---@return boolean
function M.can_go(fork)
  return #fork.held == 0 and fork.outcome == 'proposed'
end

--- What a fork's line says of losing it, or of what became of it.
---@param fork forksight.Doomed
---@return forksight.Cell
local function risk(fork)
  local outcomes = {
    cleaned = { 'cleaned up: u brings it back', 'ForksightOk' },
    failed = { 'not cleaned up', 'ForksightError' },
    restored = { 'restored', 'ForksightOk' },
  }
  if outcomes[fork.outcome] then
    return outcomes[fork.outcome]
  elseif #fork.held > 0 then
    return { "can't go: " .. columns.tilde(fork.held[1].message), 'ForksightHint' }
  elseif not fork.at_risk then
    return { 'nothing', 'ForksightOk' }
  end
  local parts = vim.tbl_map(function(kind)
    return kind.short
  end, losses(fork))
  return { #parts > 0 and table.concat(parts, ', ') or 'it may be about to start', 'ForksightWarning' }
end

---@param fork forksight.Doomed
---@return string
local function why(fork)
  local words = vim.tbl_map(function(reason)
    return why_words[reason.code] or reason.code
  end, fork.reasons)
  return table.concat(words, ', ')
end

---@param fork forksight.Doomed
---@return string
local function goes(fork)
  local parts = {}
  for _, part in ipairs({ 'worktree', 'branch', 'transcript' }) do
    if fork.goes[part] then
      table.insert(parts, part)
    end
  end
  return #parts > 0 and table.concat(parts, ', ') or 'our record of it'
end

---@param fork forksight.Doomed
---@return string
local function name(fork)
  local title = columns.flat(fork.title)
  return (fork.branch and fork.branch ~= title) and ('%s (%s)'):format(title, fork.branch) or title
end

---@param fork forksight.Doomed
---@param ticked boolean
---@return forksight.Cell[]
local function cells_of(fork, ticked)
  local box = M.can_go(fork) and (ticked and '[x] ' or '[ ] ') or '    '
  return {
    { box .. name(fork), ticked and 'ForksightTitle' or '' },
    risk(fork),
    { why(fork), 'ForksightHint' },
    { goes(fork), 'ForksightHint' },
  }
end

--- What a fork's fold holds: all of it, name by name.
---@param fork forksight.Doomed
---@return forksight.Line[]
local function details(fork)
  local facts = {} ---@type { [1]: string, [2]: string, [3]: string? }[] Label, text, highlight group.
  for _, kind in ipairs(losses(fork)) do
    local label = fork.outcome == 'cleaned' and 'archived' or 'lost'
    table.insert(facts, { label, kind.what .. ':', 'ForksightWarning' })
    for _, lost in ipairs(kind.names) do
      table.insert(facts, { '', '  ' .. lost, 'ForksightWarning' })
    end
  end
  for _, hold in ipairs(fork.held) do
    table.insert(facts, { "can't go", columns.tilde(hold.message), 'ForksightWarning' })
  end
  for _, reason in ipairs(fork.reasons) do
    table.insert(facts, { 'why', columns.tilde(reason.message) })
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
---@param fork forksight.Doomed
---@param cells forksight.Cell[]
---@param widths integer[]
---@return forksight.Line
local function row(fork, cells, widths)
  local text, marks
  if #fork.held > 0 then
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
    if #fork.held == 0 then
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
---@param fork forksight.Doomed
---@return string
function M.question(fork)
  local parts = { ('Clean up “%s” all the same?'):format(columns.flat(fork.title)) }
  for _, kind in ipairs(losses(fork)) do
    local listed = vim.list_slice(kind.names, 1, most_names)
    if #kind.names > most_names then
      table.insert(listed, ('and %d more'):format(#kind.names - most_names))
    end
    table.insert(parts, ('%s:\n  %s'):format(kind.what, table.concat(listed, '\n  ')))
  end
  if #parts == 1 then
    table.insert(parts, 'It was made a moment ago and may be about to start.')
  end
  table.insert(parts, 'It is kept in the archive: `:Forksight restore` brings it back.')
  return table.concat(parts, '\n\n')
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
    local what = columns.many(#cleaned, 'fork')
    table.insert(lines, 1, ('cleaned up %s; `:Forksight restore` brings each back'):format(what))
  elseif #lines == 0 then
    lines = { 'nothing was cleaned up' }
  end
  return table.concat(lines, '\n'), #cleaned == #done.forks
end

return M
