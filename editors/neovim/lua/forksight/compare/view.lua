--- Renders the files of a comparison as lines of text. Pure.

local columns = require('forksight.columns')

local M = {}

---@class forksight.Change
---@field path string
---@field added? integer Lines; nil: not a text.
---@field removed? integer
---@field uncommitted boolean

---@class forksight.Contender
---@field branch? string
---@field title? string
---@field worktree? string nil: only the branch is there.
---@field head string
---@field files forksight.Change[]

---@class forksight.Comparison
---@field forks forksight.Contender[]
---@field pairs { files: { path: string, kind?: string }[] }[]

---@class forksight.FileLine : forksight.Line
---@field path? string

---@param fork forksight.Contender
---@return string
function M.name(fork)
  return columns.flat(fork.branch or fork.title or fork.head:sub(1, 10))
end

--- What the forks changed, file by file.
---@param comparison forksight.Comparison
---@return table<string, table<integer, forksight.Change>> By path and fork.
local function by_path(comparison)
  local changes = {}
  for i, fork in ipairs(comparison.forks) do
    for _, change in ipairs(fork.files) do
      changes[change.path] = changes[change.path] or {}
      changes[change.path][i] = change
    end
  end
  return changes
end

--- The outcome of merging, for the files that several forks changed.
---@param comparison forksight.Comparison
---@return table<string, string> kinds By path; 'merges' where nothing stops a merge.
local function kinds(comparison)
  local by_file = {}
  for _, pair in ipairs(comparison.pairs) do
    for _, file in ipairs(pair.files) do
      if file.kind or not by_file[file.path] then
        by_file[file.path] = file.kind or 'merges'
      end
    end
  end
  return by_file
end

---@param change? forksight.Change
---@return string
local function extent(change)
  if not change then
    return '–'
  end
  local lines = change.added and ('+%d −%d'):format(change.added, change.removed) or 'changed'
  return lines .. (change.uncommitted and ' *' or '')
end

---@param kind string
---@return forksight.Cell
local function verdict(kind)
  local group = ({ merges = 'ForksightOk', identical = 'ForksightOk', [''] = '' })[kind]
  return { kind, group or 'ForksightWarning' }
end

--- A line for each changed file: conflicting files first, then those that several forks changed, then the others.
---@param comparison forksight.Comparison
---@return forksight.FileLine[]
function M.lines(comparison)
  local changes, merging = by_path(comparison), kinds(comparison)
  ---@param path string
  local function rank(path)
    local kind = merging[path]
    return not kind and 2 or (kind == 'merges' or kind == 'identical') and 1 or 0
  end
  local paths = vim.tbl_keys(changes)
  table.sort(paths, function(a, b)
    if rank(a) ~= rank(b) then
      return rank(a) < rank(b)
    end
    return a < b
  end)
  local names = vim.tbl_map(M.name, comparison.forks)
  local header = columns.header({ 'file', unpack(names) })
  table.insert(header, { 'merging them', 'ForksightHint' })
  local rows = vim.tbl_map(function(path)
    local cells = { { columns.flat(path), '' } }
    for i in ipairs(names) do
      table.insert(
        cells,
        { extent(changes[path][i]), changes[path][i] and 'ForksightTokens' or 'ForksightHint' }
      )
    end
    table.insert(cells, verdict(merging[path] or ''))
    return cells
  end, paths)
  local title = ('%s: %s changed   <CR> side by side   g? help'):format(
    table.concat(names, ' and '),
    columns.many(#paths, 'file')
  )
  local widths = columns.widths(header, rows)
  local text, marks = columns.layout(header, widths)
  local lines = { columns.plain(title, 'ForksightTitle'), { text = text, marks = marks, level = '0' } }
  for i, path in ipairs(paths) do
    text, marks = columns.layout(rows[i], widths)
    table.insert(lines, { text = text, marks = marks, level = '0', id = path, path = path })
  end
  if vim.iter(lines):any(function(line)
    return line.text:find(' *', 1, true)
  end) then
    table.insert(lines, columns.plain('* not committed yet', 'ForksightHint'))
  end
  return lines
end

return M
