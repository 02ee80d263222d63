--- Which worktree and which repository a file belongs to, read from `.git` itself: no process is started.

local M = {}

---@class forksight.Place
---@field worktree string The worktree's top folder, spelled as the file's path spells it.
---@field common_dir string The git dir that all worktrees of the repository share, symlinks resolved.

local uv = vim.uv

---@param path string
---@return string? line
local function first_line(path)
  local file = io.open(path, 'r')
  if not file then
    return nil
  end
  local line = file:read('*l')
  file:close()
  return line and (line:gsub('\r$', ''))
end

---@param path string
---@param base string Folder that a relative `path` starts from.
---@return string
local function absolute(path, base)
  return path:sub(1, 1) == '/' and path or vim.fs.joinpath(base, path)
end

--- The git dir of a folder that is the top of a worktree. In linked worktrees and submodules a `.git` file names it.
---@param folder string
---@return string?
local function git_dir(folder)
  local path = vim.fs.joinpath(folder, '.git')
  local stat = uv.fs_stat(path)
  if stat and stat.type == 'file' then
    local target = (first_line(path) or ''):match('^gitdir: (.+)$')
    path = target and absolute(target, folder) or ''
  end
  return stat and uv.fs_lstat(path .. '/HEAD') and path or nil
end

---@param path string
---@param folder string
---@return boolean
local function inside(path, folder)
  return path == folder or vim.startswith(path, folder .. '/')
end

--- Where a file or folder lies; nil if in no worktree, or inside a git dir.
---@param path string Absolute; need not exist yet.
---@return forksight.Place?
function M.place(path)
  for folder in vim.fs.parents(vim.fs.joinpath(path, 'x')) do
    local dir = git_dir(folder)
    if dir then
      local common = first_line(dir .. '/commondir')
      local common_dir = uv.fs_realpath(common and absolute(common, dir) or dir)
      local real = uv.fs_realpath(path) or path
      if not common_dir or inside(real, common_dir) then
        return nil
      end
      return { worktree = folder, common_dir = common_dir }
    end
  end
end

--- Where a buffer's file lies; nil unless the buffer holds a file (or will, once written).
---@param bufnr integer
---@return forksight.Place?
function M.of_buffer(bufnr)
  local name = vim.api.nvim_buf_get_name(bufnr)
  if vim.bo[bufnr].buftype ~= '' or name == '' or name:match('^%a[%w+.-]*://') then
    return nil
  end
  if vim.fn.isdirectory(name) == 1 then
    return nil
  end
  return M.place(name)
end

return M
