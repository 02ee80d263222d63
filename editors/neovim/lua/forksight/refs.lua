--- The branches and worktrees of a repository, from the server.

local client = require('forksight.client')
local json = require('forksight.json')

local M = {}

---@class forksight.Branch
---@field name string
---@field remote boolean
---@field worktree? string Where it is checked out.

---@class forksight.Worktree
---@field path string
---@field branch? string nil: detached.

---@class forksight.Refs
---@field branches forksight.Branch[] The last committed to first.
---@field worktrees forksight.Worktree[] The main one first.

local patience = 1000 -- milliseconds that completion may take

--- Call back with the refs of the current repository.
---@param callback fun(refs: forksight.Refs, place: forksight.Place)
function M.with(callback)
  client.with(function(lsp, place)
    client.request(lsp, 'forksight/branches', client.here(place), function(result)
      callback(json.without_nulls(result), place)
    end)
  end)
end

--- The refs of the repository, for completion: waits briefly for a running server, and starts none.
---@return forksight.Refs
local function known()
  local place = client.place()
  local lsp = place and client.of(place)
  local answer = lsp and lsp:request_sync('forksight/branches', client.here(place), patience)
  return json.without_nulls(vim.tbl_get(answer or {}, 'result')) or { branches = {}, worktrees = {} }
end

--- The names of the local branches, for completion.
---@return string[]
function M.local_names()
  local names = {} ---@type string[]
  for _, branch in ipairs(known().branches) do
    if not branch.remote then
      table.insert(names, branch.name)
    end
  end
  return names
end

--- The branches that are checked out in linked worktrees, for completion.
---@return string[]
function M.linked_names()
  local names = {} ---@type string[]
  for _, worktree in ipairs(vim.list_slice(known().worktrees, 2)) do
    table.insert(names, worktree.branch)
  end
  return names
end

return M
