--- Actions on a colleague's row of the tree. Their version of a file is in no local file; the server provides its text.

local client = require('forksight.client')
local pick = require('forksight.pick')

local M = {}

---@class forksight.ColleagueFile
---@field worktree string The one here whose file theirs is held against.
---@field path string In that worktree.
---@field with? string What that worktree is called, if merging would stop at the file.

--- The changed files of a colleague's worktree, conflicting ones first.
---@param colleague forksight.Colleague
---@param here string The worktree that files without a conflict are held against.
---@return forksight.ColleagueFile[]
local function files_of(colleague, here)
  local files = vim.list_slice(colleague.conflicts)
  for _, path in ipairs(colleague.paths) do
    local conflicts = vim.iter(colleague.conflicts):any(function(conflict)
      return conflict.path == path
    end)
    if not conflicts then
      table.insert(files, { worktree = here, path = path })
    end
  end
  return files
end

---@param files forksight.ColleagueFile[]
---@param run fun(file: forksight.ColleagueFile)
local function on_file(files, run)
  if #files == 1 then
    run(files[1])
  else
    pick.colleague_file(files, run)
  end
end

---@param colleague forksight.Colleague
---@param file forksight.ColleagueFile
---@param options? table What else the server is told.
---@param callback? fun(version: { label: string, text: string })
local function open(colleague, file, options, callback)
  local uri = vim.uri_from_fname(vim.fs.joinpath(file.worktree, file.path))
  local argument = { uri = uri, worktree = colleague.worktree }
  client.execute('openTheirs', vim.tbl_extend('error', argument, options or {}), callback)
end

--- Show a diff of their version and the one here, of a conflicting file if there is one.
---@param colleague forksight.Colleague
---@param here string The worktree that the person is in.
function M.diff(colleague, here)
  local conflicts = colleague.conflicts
  on_file(#conflicts > 0 and conflicts or files_of(colleague, here), function(file)
    open(colleague, file, { show = false }, function(theirs)
      local path = vim.fs.joinpath(file.worktree, file.path)
      local ours = { label = 'yours', path = vim.fn.filereadable(path) == 1 and path or nil }
      require('forksight.diff').tab({ ours, theirs }, file.path)
    end)
  end)
end

--- Show their version of a file, read-only.
---@param colleague forksight.Colleague
---@param here string The worktree that the person is in.
function M.open(colleague, here)
  on_file(files_of(colleague, here), function(file)
    open(colleague, file)
  end)
end

--- The labels by which overlaps with a colleague can be ignored: the machine, the person, the branch.
---@param colleague forksight.Colleague
---@return string[]
function M.names(colleague)
  return { colleague.label, colleague.user, colleague.branch }
end

return M
