--- Renders the fork tree as lines of text. Pure.

local columns = require('forksight.columns')
local sessions = require('forksight.sessions')
local words = require('forksight.words')

local M = {}

---@class forksight.Session
---@field id string
---@field title? string
---@field parent? string
---@field baseline? { name: string, generation: integer, current: boolean }
---@field worktree? string
---@field branch? string
---@field state 'live-busy'|'live-waiting'|'live-idle'|'idle'|'pending'|'archived'|'orphaned'
---@field stateText string What it does now, in the server's words.
---@field isFork boolean Whether it began as a copy of another one, though that may be gone.
---@field last_active? string ISO 8601, UTC.
---@field last_sentence? string Of its own last answer.
---@field tokensText { own: string, inherited: string } In at most four characters.

---@class forksight.TreeLine : forksight.Line
---@field session? forksight.Session
---@field worktree? forksight.Worktree One that no session works in.
---@field colleague? forksight.Colleague
---@field ignored? string A branch or worktree whose overlaps are not shown.

local state_groups = {
  ['live-busy'] = 'ForksightLive',
  ['live-waiting'] = 'ForksightWaiting',
  ['live-idle'] = 'ForksightLive',
  idle = 'ForksightIdle',
  pending = 'ForksightPending',
  archived = 'ForksightArchived',
  orphaned = 'ForksightOrphaned',
}

---@param session forksight.Session
---@return string
local function tokens(session)
  local text = session.tokensText
  return text.own .. (text.inherited ~= '0' and ' + ' .. text.inherited or '')
end

---@param session forksight.Session
---@return string
local function baseline(session)
  local mark = session.baseline
  if not mark then
    return ''
  end
  return ('%s%s %d'):format(mark.current and '★ ' or 'old ', mark.name, mark.generation)
end

-- what changes most often comes first: a narrow window cuts the rest
local header = columns.header({
  'session',
  'state',
  'baseline',
  'active',
  'conflicts here',
  'work',
  'branch',
  'tokens, own + inherited',
  'said last',
})

--- The texts joined, without hidden columns.
---@param tree forksight.Tree
---@param texts { [1]: string, [2]: string? }[] What hides each (|forksight-settings|, tree.hide), and the text.
---@return string
local function shown(tree, texts)
  local kept = {}
  for _, text in ipairs(texts) do
    if text[2] and text[2] ~= '' and not vim.list_contains(tree.hide or {}, text[1]) then
      table.insert(kept, columns.flat(text[2]))
    end
  end
  return table.concat(kept, ' · ')
end

--- The standing of a worktree.
---@param tree forksight.Tree
---@param path? string
---@return string
local function standing(tree, path)
  local worktree = vim.iter(tree.worktrees or {}):find(function(candidate)
    return candidate.path == path
  end) or {}
  return shown(tree, { { 'uncommitted', worktree.uncommittedText }, { 'distance', worktree.distanceText } })
end

--- The columns of a session.
---@param tree forksight.Tree
---@param session forksight.Session
---@param guide string
---@param conflicts integer
---@param now integer
---@return forksight.Cell[]
local function cells_of(tree, session, guide, conflicts, now)
  local works = not session.baseline and session.state ~= 'archived' and session.state ~= 'orphaned'
  local answer = works and session.last_sentence and ('“%s”'):format(session.last_sentence)
  return {
    { guide .. words.name(session), session.baseline and 'ForksightBaseline' or '' },
    { columns.flat(session.stateText), state_groups[session.state] or '' },
    { baseline(session), 'ForksightBaseline' },
    { shown(tree, { { 'active', words.age(session.last_active, now) } }), 'ForksightAge' },
    { conflicts > 0 and columns.many(conflicts, 'conflict') or '', 'ForksightWarning' },
    { works and standing(tree, session.worktree) or '', 'ForksightAge' },
    { shown(tree, { { 'branch', session.branch } }), 'ForksightBranch' },
    { shown(tree, { { 'tokens', tokens(session) } }), 'ForksightTokens' },
    { shown(tree, { { 'answer', answer or nil } }), 'ForksightHint' },
  }
end

--- The sessions in pre-order, each with its tree guide and depth. A session whose parent is not in the tree is a root.
---@param all forksight.Session[]
---@return { session: forksight.Session, guide: string, depth: integer, children: integer }[]
local function walk(all)
  local ids, children = {}, {} ---@type table<string, true>, table<string, forksight.Session[]>
  for _, session in ipairs(all) do
    ids[session.id] = true
  end
  for _, session in ipairs(all) do
    local parent = session.parent and ids[session.parent] and session.parent or ''
    children[parent] = children[parent] or {}
    table.insert(children[parent], session)
  end
  local rows = {}
  ---@param parent string
  ---@param indent string
  ---@param depth integer
  local function visit(parent, indent, depth)
    local list = children[parent] or {}
    for i, session in ipairs(list) do
      local last = i == #list
      local guide = depth == 0 and '' or indent .. (last and '└ ' or '├ ')
      local below = depth == 0 and '' or indent .. (last and '  ' or '│ ')
      table.insert(
        rows,
        { session = session, guide = guide, depth = depth, children = #(children[session.id] or {}) }
      )
      visit(session.id, below, depth + 1)
    end
  end
  visit('', '', 0)
  return rows
end

--- One line for each worktree in which no session works.
---@param tree forksight.Tree
---@return forksight.TreeLine[]
local function worktree_lines(tree)
  return vim.tbl_map(function(worktree)
    local cells = {
      { columns.flat(worktree.branch or 'detached'), 'ForksightBranch' },
      { shown(tree, { { '', 'no session' }, { '', standing(tree, worktree.path) } }), 'ForksightHint' },
      { columns.flat(vim.fn.fnamemodify(worktree.path, ':~')), 'ForksightHint' },
    }
    local text, marks =
      columns.layout(cells, { vim.fn.strdisplaywidth(cells[1][1]), vim.fn.strdisplaywidth(cells[2][1]), 1 })
    return { text = text, marks = marks, level = '0', id = worktree.path, worktree = worktree }
  end, sessions.free_worktrees(tree))
end

--- The state of sharing, and the worktrees on other machines below it.
---@param tree forksight.Tree
---@return forksight.TreeLine[]
local function colleague_lines(tree)
  if not tree.sharing then
    return {}
  end
  local lines = { columns.plain('Colleagues · ' .. columns.flat(tree.sharing), 'ForksightTitle') }
  for _, colleague in ipairs(tree.colleagues or {}) do
    local cells = {
      { '└ ' .. columns.flat(colleague.label), '' },
      { columns.flat(colleague.text), #colleague.conflicts > 0 and 'ForksightWarning' or 'ForksightHint' },
    }
    local text, marks = columns.layout(cells, { vim.fn.strdisplaywidth(cells[1][1]), 1 })
    table.insert(
      lines,
      { text = text, marks = marks, level = '1', id = colleague.worktree, colleague = colleague }
    )
  end
  lines[1].level = #lines > 1 and '>1' or '0'
  return lines
end

--- The lines of an empty tree.
---@return forksight.TreeLine[]
local function empty()
  return {
    columns.plain('No sessions in this repository yet.', 'ForksightTitle'),
    columns.plain(
      'Start Claude Code in it, let it learn the project, then `:Forksight baseline set`.',
      'ForksightHint'
    ),
  }
end

--- The whole tree.
---@param tree forksight.Tree
---@param conflicts table<string, integer> How often each worktree conflicts with where the person is.
---@param now integer Seconds since the epoch.
---@return forksight.TreeLine[]
function M.lines(tree, conflicts, now)
  local rows = walk(tree.sessions)
  local cells = vim.tbl_map(function(row)
    return cells_of(tree, row.session, row.guide, conflicts[row.session.worktree] or 0, now)
  end, rows)
  local widths = columns.widths(header, cells)
  local live = vim.tbl_filter(function(row)
    return vim.startswith(row.session.state, 'live')
  end, rows)
  local title = ('Fork tree: %s, %d live   g? help'):format(columns.many(#rows, 'session'), #live)
  local lines = #rows > 0 and { columns.plain(title, 'ForksightTitle') } or empty()
  if #rows > 0 then
    local text, marks = columns.layout(header, widths)
    table.insert(lines, { text = text, marks = marks, level = '0' })
  end
  for i, row in ipairs(rows) do
    local text, marks = columns.layout(cells[i], widths)
    local level = (row.children > 0 and '>' or '') .. (row.depth + (row.children > 0 and 1 or 0))
    table.insert(
      lines,
      { text = text, marks = marks, level = level, id = row.session.id, session = row.session }
    )
  end
  vim.list_extend(lines, worktree_lines(tree))
  vim.list_extend(lines, colleague_lines(tree))
  for _, label in ipairs(tree.ignored) do
    local line =
      columns.plain(('Overlaps with %s are ignored: u shows them again'):format(label), 'ForksightHint')
    line.ignored = label
    table.insert(lines, line)
  end
  for _, problem in ipairs(tree.problems) do
    vim.list_extend(lines, columns.prose(problem.message, 'ForksightWarning'))
  end
  return lines
end

return M
