--- Compares forks: shows the server's comparison, with every changed file below it, to be diffed side by side.

local client = require('forksight.client')
local panel = require('forksight.panel')
local pick = require('forksight.pick')
local sessions = require('forksight.sessions')
local view = require('forksight.compare.view')

local M = {}

---@type table<integer, forksight.Comparison> By buffer.
local comparisons = {}

--- A fork's version of a file: in its worktree, else on its branch.
---@param fork forksight.Contender
---@param path string
---@param place forksight.Place
---@param callback fun(version: forksight.Version)
local function version_of(fork, path, place, callback)
  local label = ('%s  %s'):format(view.name(fork), path)
  local file = fork.worktree and vim.fs.joinpath(fork.worktree, path)
  if file and vim.fn.filereadable(file) == 1 then
    return callback({ label = label, path = file })
  elseif file then
    return callback({ label = label .. ' (not there)' })
  end
  client.with(function(lsp)
    local params = vim.tbl_extend('force', client.here(place), { commit = fork.head, path = path })
    client.request(lsp, 'forksight/committed', params, function(result)
      local text = result.text ~= vim.NIL and result.text or nil
      callback({ label = label .. (text and '' or ' (not there)'), text = text })
    end)
  end, place)
end

--- Show all forks' versions of the file under the cursor.
---@param line forksight.FileLine?
local function diff(line)
  local buf = vim.api.nvim_get_current_buf()
  local path = line and line.path
  if not path then
    return
  end
  local versions, left = {}, #comparisons[buf].forks
  for i, fork in ipairs(comparisons[buf].forks) do
    version_of(fork, path, vim.b[buf].forksight_place, function(version)
      versions[i] = version
      left = left - 1
      if left == 0 then
        require('forksight.diff').tab(versions, path)
      end
    end)
  end
end

---@type forksight.Key[]
M.keys = {
  {
    key = '<CR>',
    does = "show all forks' versions of the file side by side, in a new tab page",
    run = diff,
  },
}

---@param place forksight.Place
---@param comparison forksight.Comparison
local function show_files(place, comparison)
  local names = vim.tbl_map(view.name, comparison.forks)
  local buf = panel.buffer({
    name = 'compare ' .. table.concat(names, ' and '):gsub('/', '-'), -- a tab page's label shortens folders
    title = 'Compare',
    place = place,
    keys = M.keys,
  })
  comparisons[buf] = comparison
  panel.draw(buf, view.lines(comparison))
  panel.show(buf)
end

--- The candidates to compare: forks with a worktree, and branches of worktrees without a session.
---@param tree forksight.Tree
---@return forksight.Session[]
local function comparable(tree)
  local forks = vim.tbl_filter(function(session)
    return sessions.is_fork(session) and session.worktree ~= nil and session.state ~= 'orphaned'
  end, tree.sessions)
  for _, worktree in ipairs(sessions.free_worktrees(tree)) do
    local branch = worktree.branch
    if branch then
      table.insert(forks, { id = branch, title = branch, branch = branch, stateText = 'no session' })
    end
  end
  return forks
end

--- Ask for forks until there are two.
---@param chosen string[] Ids or branches.
---@param callback fun(chosen: string[])
local function ask(chosen, callback)
  if #chosen >= 2 then
    return callback(chosen)
  end
  sessions.with_tree(function(tree)
    local left = vim.tbl_filter(function(session)
      return session.id ~= chosen[1] and session.branch ~= chosen[1]
    end, comparable(tree))
    if #left + #chosen < 2 then
      return client.notify('there are no two forks to compare: `:Forksight fork` makes another')
    end
    pick.session(#chosen == 0 and 'Compare which fork?' or 'Compare it with which?', left, function(session)
      ask(vim.list_extend({ unpack(chosen) }, { session.id }), callback)
    end)
  end)
end

--- Compare forks. If fewer than two are given, ask for the others.
---@param chosen? string[] Ids or branches.
function M.open(chosen)
  local place = client.place()
  ask(chosen or {}, function(two)
    client.execute('compareForks', { sessions = two }, function(result)
      local comparison = require('forksight.json').without_nulls(result) ---@type forksight.Comparison
      if place and #comparison.forks > 0 then
        show_files(place, comparison)
      end
    end, place)
  end)
end

return M
