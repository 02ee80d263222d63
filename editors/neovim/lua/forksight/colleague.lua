--- What is done to a colleague's row of the tree: their version of a file is in no file here, the server shows it.

local client = require('forksight.client')
local pick = require('forksight.pick')

local M = {}

---@class forksight.ColleagueFile
---@field worktree string The one here whose file theirs is held against.
---@field path string In that worktree.
---@field with? string What that worktree is called, if merging would stop at the file.

--- The files of a colleague's worktree, those that conflict first.
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

---@param command string
---@param colleague forksight.Colleague
---@param files forksight.ColleagueFile[]
local function run_on_file(command, colleague, files)
  ---@param file forksight.ColleagueFile
  local function run(file)
    local uri = vim.uri_from_fname(vim.fs.joinpath(file.worktree, file.path))
    client.execute(command, { uri = uri, worktree = colleague.worktree, path = file.path })
  end
  if #files == 1 then
    run(files[1])
  else
    pick.colleague_file(files, run)
  end
end

--- Show the difference to their version: of the files that conflict, if there are any.
---@param colleague forksight.Colleague
---@param here string The worktree that the person is in.
function M.diff(colleague, here)
  local conflicts = colleague.conflicts
  run_on_file('diffTheirs', colleague, #conflicts > 0 and conflicts or files_of(colleague, here))
end

--- Show their version of a file, to be read only.
---@param colleague forksight.Colleague
---@param here string The worktree that the person is in.
function M.open(colleague, here)
  run_on_file('openTheirs', colleague, files_of(colleague, here))
end

--- What overlaps with them may be ignored by: the machine, all of the person, the branch.
---@param colleague forksight.Colleague
---@return string[]
function M.names(colleague)
  return { colleague.label, colleague.user, colleague.branch }
end

return M
