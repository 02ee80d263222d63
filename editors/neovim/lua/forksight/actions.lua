--- Actions on sessions and worktrees: each asks the person for missing arguments, then calls the server.

local client = require('forksight.client')
local pick = require('forksight.pick')
local refs = require('forksight.refs')
local repository = require('forksight.repository')
local sessions = require('forksight.sessions')

local M = {}

---@param prompt string
---@param fits fun(session: forksight.Session): boolean
---@param on_session fun(session: forksight.Session)
local function ask_session(prompt, fits, on_session)
  sessions.with(function(all)
    pick.session(prompt, vim.tbl_filter(fits, all), on_session)
  end)
end

--- Mark a session as a baseline.
---@param session? string
---@param name? string
---@param on_set? fun()
function M.set_baseline(session, name, on_set)
  if not session then
    ask_session('Which session knows what every fork should know?', sessions.is_usable, function(chosen)
      M.set_baseline(chosen.id, name, on_set)
    end)
  elseif not name then
    pick.baseline_name('project-baseline', function(chosen)
      M.set_baseline(session, chosen, on_set)
    end)
  else
    client.execute('setBaseline', { session = session, name = name }, on_set)
  end
end

---@param all forksight.Session[]
local function ask_branch(all)
  refs.with(function(known_refs)
    pick.branch(known_refs, all, function(branch, start_point)
      pick.task(function(task)
        M.fork(branch, start_point, task)
      end)
    end)
  end)
end

--- Fork the baseline for a branch. A missing branch is asked for; if there is no baseline yet, that is asked for first.
---@param branch? string
---@param start_point? string
---@param task? string What it is asked at once.
function M.fork(branch, start_point, task)
  if branch then
    return client.execute('forkSession', { branch = branch, startPoint = start_point, prompt = task })
  end
  sessions.with(function(all)
    if #all == 0 then
      return client.notify('no session in this repository yet: `:Forksight start` begins one')
    end
    if not vim.iter(all):any(sessions.baseline_of) then
      M.set_baseline(nil, nil, function()
        ask_branch(all)
      end)
    else
      ask_branch(all)
    end
  end)
end

--- Start Claude Code: a first session, where there is none to fork yet.
function M.start()
  client.with(function(lsp, place)
    local claude = vim.tbl_get(lsp.config, 'settings', 'forksight', 'claude') or {}
    local argv = { claude.path or vim.env.FORKSIGHT_CLAUDE or 'claude' }
    local started = require('forksight.terminal').open({
      title = 'Claude Code',
      cwd = place.worktree,
      argv = vim.list_extend(argv, claude.extraArgs or {}),
    })
    if started.opened then
      client.notify('let Claude Code learn the project, then mark its session: `:Forksight baseline set`')
    end
  end)
end

--- Show the terminal in which a session runs, else resume the session.
---@param session? string An id, a title or a branch.
function M.resume(session)
  if session then
    local ids = sessions.known(function(known)
      return (known.branch == session or known.title == session) and known.id or nil
    end)
    local shown = vim.iter({ session, ids }):flatten():any(require('forksight.terminal').focus)
    return shown or client.execute('resumeSession', { session = session })
  end
  ask_session('Resume which session?', sessions.is_usable, function(chosen)
    M.resume(chosen.id)
  end)
end

--- Show the session that waits for a person; of several, the one that they choose.
function M.waiting()
  sessions.with(function(all)
    local waiting = vim.tbl_filter(sessions.is_waiting, all)
    if #waiting == 0 then
      client.notify('no session waits for you')
    elseif #waiting == 1 then
      M.resume(waiting[1].id)
    else
      pick.session('Show which session?', waiting, function(chosen)
        M.resume(chosen.id)
      end)
    end
  end)
end

--- Bring back a fork that was cleaned up.
---@param session? string An id or a title.
---@param on_restored? fun()
function M.restore(session, on_restored)
  if session then
    return client.execute('restoreFork', { session = session }, on_restored)
  end
  ask_session('Restore which session?', sessions.is_archived, function(chosen)
    M.restore(chosen.id)
  end)
end

--- The current file (or the one beside an open panel) in another worktree, and the cursor position.
---@param worktree string
---@return string? path nil: they are in no file, or it is not there.
---@return integer[] cursor
local function same_file_in(worktree)
  local windows = { vim.api.nvim_get_current_win(), vim.fn.win_getid(vim.fn.winnr('#')) }
  for _, window in ipairs(vim.list_extend(windows, vim.api.nvim_tabpage_list_wins(0))) do
    local buf = window ~= 0 and vim.api.nvim_win_get_buf(window)
    local place = buf and repository.of_buffer(buf)
    if place then
      local inside = vim.api.nvim_buf_get_name(buf):sub(#place.worktree + 2)
      local path = vim.fs.joinpath(worktree, inside)
      if vim.fn.filereadable(path) == 1 then
        return path, vim.api.nvim_win_get_cursor(window)
      end
    end
  end
  return nil, { 1, 0 }
end

--- Open a worktree in a tab page of its own, at the file and line that the person is at.
---@param worktree string
function M.open_folder(worktree)
  local path, cursor = same_file_in(worktree)
  vim.cmd.tabnew()
  vim.cmd.tcd({ args = { worktree }, magic = { file = false } })
  vim.cmd.edit({ args = { path or worktree }, magic = { file = false } })
  if path then
    vim.api.nvim_win_set_cursor(0, { math.min(cursor[1], vim.api.nvim_buf_line_count(0)), cursor[2] })
  end
end

---@param branch? string
function M.worktree(branch)
  refs.with(function(known_refs)
    if not branch then
      return pick.worktree(known_refs.worktrees, function(worktree)
        M.open_folder(worktree.path)
      end)
    end
    for _, worktree in ipairs(known_refs.worktrees) do
      if worktree.branch == branch then
        return M.open_folder(worktree.path)
      end
    end
    client.notify(('no worktree has `%s` checked out: `:Forksight fork %s` makes one'):format(branch, branch))
  end)
end

--- Show warnings again that the person had chosen to ignore.
---@param label string A branch, or a worktree's path.
---@param on_done fun()
function M.stop_ignoring(label, on_done)
  client.execute('stopIgnoring', { label = label }, on_done)
end

--- Open Neovim's LSP log at its end.
function M.log()
  vim.cmd.tabnew({ args = { vim.lsp.log.get_filename() }, magic = { file = false } })
  vim.cmd('setlocal readonly nowrap | normal! G')
end

return M
