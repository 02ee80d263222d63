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
---@return forksight.Branch[]
function M.branches(folder)
  local format = '--format=%(refname:lstrip=2)%09%(worktreepath)'
  return vim
    .iter(split(git(folder, 'for-each-ref', '--sort=-committerdate', format, 'refs/heads'), '\n'))
    :map(function(line)
      local name, worktree = line:match('^([^\t]*)\t(.*)$')
      return { name = name, worktree = worktree ~= '' and worktree or nil }
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
