--- The few questions that completion and pickers ask git. Only ever in answer to a person.

local M = {}

---@param folder string
---@param ... string
---@return string? output nil if git says no.
local function git(folder, ...)
  local options = { timeout = 5000, env = { GIT_OPTIONAL_LOCKS = '0' } }
  local result = vim.system({ 'git', '-C', folder, ... }, options):wait()
  return result.code == 0 and result.stdout or nil
end

---@param text? string
---@param separator string
---@return string[]
local function split(text, separator)
  return vim.split(text or '', separator, { plain = true, trimempty = true })
end

---@class forksight.Branch
---@field name string
---@field worktree? string Where it is checked out.

--- Local branches, the last committed to first.
---@param folder string
---@param remotes? boolean Those of remotes too.
---@return forksight.Branch[]
function M.branches(folder, remotes)
  local format = '--format=%(refname:lstrip=2)%09%(symref)%09%(worktreepath)'
  local where = remotes and { 'refs/heads', 'refs/remotes' } or { 'refs/heads' }
  return vim
    .iter(split(git(folder, 'for-each-ref', '--sort=-committerdate', format, unpack(where)), '\n'))
    :map(function(line)
      local name, symref, worktree = line:match('^([^\t]*)\t([^\t]*)\t(.*)$')
      -- origin/HEAD is another one's name
      return symref == '' and { name = name, worktree = worktree ~= '' and worktree or nil } or nil
    end)
    :totable()
end

---@class forksight.Worktree
---@field path string
---@field branch? string nil: detached.

--- Every worktree that can be opened, the main one first.
---@param folder string
---@return forksight.Worktree[]
function M.worktrees(folder)
  local worktrees = {} ---@type forksight.Worktree[]
  local bare = {} ---@type table<string, true>
  for _, line in ipairs(split(git(folder, 'worktree', 'list', '--porcelain', '-z'), '\0')) do
    local key, value = line:match('^(%S+) ?(.*)$')
    local last = worktrees[#worktrees]
    if key == 'worktree' then
      table.insert(worktrees, { path = value })
    elseif key == 'branch' then
      last.branch = value:gsub('^refs/heads/', '')
    elseif key == 'bare' then
      bare[last.path] = true
    end
  end
  return vim
    .iter(worktrees)
    :filter(function(worktree)
      return not bare[worktree.path] and vim.fn.isdirectory(worktree.path) == 1
    end)
    :totable()
end

--- Whether git would take this as the name of a new branch.
---@param name string
---@return boolean
function M.is_branch_name(name)
  return name ~= '' and git('.', 'check-ref-format', '--branch', name) ~= nil
end

return M
