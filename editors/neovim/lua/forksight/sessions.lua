--- The sessions of a repository, as last received from the server.

local client = require('forksight.client')
local json = require('forksight.json')

local M = {}

---@class forksight.Tree
---@field sessions forksight.Session[] Parents before their forks.
---@field sharing? string How sharing with colleagues goes, in one sentence; nil where it is off.
---@field colleagues? forksight.Colleague[] Worktrees on other machines.
---@field problems { code: string, message: string, path?: string }[]
---@field worktrees forksight.Worktree[] All of the repository.
---@field ignored string[] Branches and worktrees whose overlaps the person does not want to see.
---@field hide? string[] Columns that they do not want to see: the setting `tree.hide`.

---@class forksight.Colleague
---@field label string Whose it is, and on which machine.
---@field text string Its branch, files, age and conflicts, in the server's words.
---@field user string
---@field branch? string
---@field worktree string The ref that it came by, and its own name.
---@field paths string[] The first of its files, by name.
---@field conflicts { with: string, worktree: string, path: string }[] With which worktree here, on which file.

---@class forksight.Worktree
---@field path string
---@field branch? string nil: detached.
---@field uncommittedText? string "3 uncommitted", '' where all is committed.
---@field distanceText? string "2 ahead of main, 1 behind", '' where there is no difference.
---@field conflicts integer How many places there are where merging others would stop.
---@field places { path: string, line: integer, others: string[] }[] The first of them; lines are 0-based.

local patience = 1000 -- milliseconds that completion may take

--- Request the tree from the server.
---@param lsp vim.lsp.Client
---@param place forksight.Place
---@param callback fun(tree: forksight.Tree)
function M.fetch(lsp, place, callback)
  local here = client.here(place)
  client.request(lsp, 'forksight/forkTree', here, function(result)
    local tree = json.without_nulls(result)
    lsp:request('forksight/worktrees', here, function(_, worktrees) -- an older server has no such list
      worktrees = json.without_nulls(worktrees) or {}
      tree.worktrees = worktrees.worktrees or {}
      tree.ignored = worktrees.ignored or {}
      tree.hide = worktrees.hide or {}
      callback(tree)
    end)
  end)
end

--- Call back with the sessions of the current repository.
---@param callback fun(sessions: forksight.Session[], place: forksight.Place)
function M.with(callback)
  M.with_tree(function(tree, place)
    callback(tree.sessions, place)
  end)
end

--- Call back with the tree of the current repository.
---@param callback fun(tree: forksight.Tree, place: forksight.Place)
function M.with_tree(callback)
  client.with(function(lsp, place)
    M.fetch(lsp, place, function(tree)
      callback(tree, place)
    end)
  end)
end

--- Values of the sessions, for completion: waits briefly for a running server, and starts none.
---@param value fun(session: forksight.Session): string?
---@return string[]
function M.known(value)
  local place = client.place()
  local lsp = place and client.of(place)
  local answer = lsp and lsp:request_sync('forksight/forkTree', client.here(place), patience)
  local tree = json.without_nulls(vim.tbl_get(answer or {}, 'result'))
  return vim.iter(tree and tree.sessions or {}):map(value):totable()
end

--- The worktrees in which no session works, the main one first.
---@param tree forksight.Tree
---@return forksight.Worktree[]
function M.free_worktrees(tree)
  local taken = {} ---@type table<string, true>
  for _, session in ipairs(tree.sessions) do
    taken[session.state ~= 'archived' and session.worktree or ''] = true
  end
  return vim.tbl_filter(function(worktree)
    return not taken[worktree.path]
  end, tree.worktrees or {})
end

---@param session forksight.Session
---@return boolean
function M.is_archived(session)
  return session.state == 'archived'
end

---@param session forksight.Session
---@return boolean
function M.is_waiting(session)
  return session.state == 'live-waiting'
end

---@param session forksight.Session
---@return boolean
function M.is_fork(session)
  return session.isFork and not session.baseline and session.state ~= 'archived'
end

---@param session forksight.Session
---@return boolean
function M.is_usable(session)
  return session.state ~= 'archived'
end

---@param session forksight.Session
---@return string? name Of the baseline that forks are made from now.
function M.baseline_of(session)
  return session.baseline and session.baseline.current and session.baseline.name or nil
end

return M
