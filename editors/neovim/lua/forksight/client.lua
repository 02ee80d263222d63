--- The LSP clients of this plugin: one for each repository, for all its worktrees.

local repository = require('forksight.repository')

local M = {}

M.name = 'forksight'

---@type table<integer, string> Client id -> common git dir. The worktree it began in may be gone later.
local common_dirs = {}

---@param message string
---@param level? integer
function M.notify(message, level)
  vim.notify('Forksight: ' .. message, level or vim.log.levels.INFO)
end

---@param client vim.lsp.Client
---@return string?
local function common_dir(client)
  if not common_dirs[client.id] then
    local place = M.place_of(client)
    common_dirs[client.id] = place and place.common_dir
  end
  return common_dirs[client.id]
end

--- `root_dir` of the LSP config: the buffer's worktree. Without one, or without a server, nothing starts.
---@param bufnr integer
---@param on_dir fun(root: string)
function M.root_dir(bufnr, on_dir)
  local place = repository.of_buffer(bufnr)
  if not place then
    return
  end
  if type(vim.lsp.config[M.name].cmd) == 'function' then -- ours, not one that the person has set
    local server, problem = require('forksight.server').find()
    if not server then
      vim.notify_once('Forksight: ' .. problem, vim.log.levels.WARN)
      return
    end
  end
  on_dir(place.worktree)
end

--- `reuse_client` of the LSP config: worktrees of one repository share a server.
---@param client vim.lsp.Client
---@param config vim.lsp.ClientConfig
---@return boolean
function M.same_repository(client, config)
  if client.name ~= M.name or client:is_stopped() or not config.root_dir then
    return false
  end
  local place = repository.place(config.root_dir)
  return place ~= nil and place.common_dir == common_dir(client)
end

--- Whether the person has enabled the server.
---@return boolean
function M.enabled()
  if vim.lsp.is_enabled then
    return vim.lsp.is_enabled(M.name)
  end
  return vim.lsp._enabled_configs[M.name] ~= nil -- Neovim 0.11.0 and 0.11.1
end

--- Start or reuse the repository's client for a buffer, as |vim.lsp.enable()| does on FileType.
---@param bufnr integer
function M.attach(bufnr)
  local config = vim.deepcopy(vim.lsp.config[M.name])
  M.root_dir(bufnr, function(root)
    config.root_dir = root
    vim.lsp.start(config, { bufnr = bufnr, reuse_client = config.reuse_client })
  end)
end

--- Attach a buffer without a FileType event, which |vim.lsp.enable()| does not notice.
---@param bufnr integer
function M.attach_without_filetype(bufnr)
  vim.schedule(function() -- filetype detection may still be running
    if
      vim.api.nvim_buf_is_loaded(bufnr)
      and vim.bo[bufnr].filetype == ''
      and M.enabled()
      and not vim.lsp.config[M.name].filetypes
      and #vim.lsp.get_clients({ bufnr = bufnr, name = M.name }) == 0
    then
      M.attach(bufnr)
    end
  end)
end

--- Add a buffer's worktree to the server's workspace folders, unless it is one. Called when a client has attached.
---@param client vim.lsp.Client
---@param bufnr integer
function M.add_worktree(client, bufnr)
  local place = repository.of_buffer(bufnr)
  if client.name ~= M.name or not place then
    return
  end
  local folder = { uri = vim.uri_from_fname(place.worktree), name = place.worktree }
  for _, open_folder in ipairs(client.workspace_folders or {}) do
    if open_folder.uri == folder.uri then
      return
    end
  end
  client.workspace_folders = client.workspace_folders or {}
  table.insert(client.workspace_folders, folder)
  client:notify('workspace/didChangeWorkspaceFolders', { event = { added = { folder }, removed = {} } })
end

--- Remove a worktree from the server's workspace folders if this was its last buffer, so that it can be cleaned up.
---@param client vim.lsp.Client
---@param bufnr integer The buffer that it detaches from.
function M.leave_worktree(client, bufnr)
  local place = repository.of_buffer(bufnr)
  local still = vim.iter(vim.tbl_keys(client.attached_buffers)):any(function(other)
    local other_place = other ~= bufnr and repository.of_buffer(other)
    return other_place and place and other_place.worktree == place.worktree
  end)
  if client:is_stopped() or not place or still then
    return
  end
  local folder = { uri = vim.uri_from_fname(place.worktree), name = place.worktree }
  client.workspace_folders = vim.tbl_filter(function(open_folder)
    return open_folder.uri ~= folder.uri
  end, client.workspace_folders or {})
  client:notify('workspace/didChangeWorkspaceFolders', { event = { added = {}, removed = { folder } } })
end

--- The current place: the buffer's worktree, else the one that a buffer of ours is about, else the working directory's.
---@param bufnr? integer
---@return forksight.Place?
function M.place(bufnr)
  bufnr = bufnr or vim.api.nvim_get_current_buf()
  return repository.of_buffer(bufnr) or vim.b[bufnr].forksight_place or repository.place(vim.fn.getcwd())
end

--- The place for which a client was started.
---@param client vim.lsp.Client
---@return forksight.Place?
function M.place_of(client)
  return client.config.root_dir and repository.place(client.config.root_dir) or nil
end

--- The running client for a place.
---@param place forksight.Place?
---@return vim.lsp.Client?
function M.of(place)
  for _, client in ipairs(vim.lsp.get_clients({ name = M.name })) do
    if place and not client:is_stopped() and common_dir(client) == place.common_dir then
      return client
    end
  end
end

--- Call back once a client's server has answered its first request. Neovim says why if it never does.
---@param client vim.lsp.Client
---@param callback fun()
local function when_ready(client, callback)
  if client.initialized then
    callback()
  elseif not client:is_stopped() then
    vim.defer_fn(function()
      when_ready(client, callback)
    end, 20)
  end
end

--- Call back with the client for a place, after starting one if necessary. Notifies why if there can be none.
---@param callback fun(client: vim.lsp.Client, place: forksight.Place)
---@param place? forksight.Place Default: where the person is.
function M.with(callback, place)
  place = place or M.place()
  if not place then
    return M.notify('this is not in a git worktree: open a file of one, or `:cd` there', vim.log.levels.WARN)
  end
  local running = M.of(place)
  if running then
    return callback(running, place)
  end
  local config = vim.deepcopy(vim.lsp.config[M.name])
  config.root_dir = place.worktree
  local id = vim.lsp.start(config, { attach = false, reuse_client = config.reuse_client }) -- or says why not
  local started = id and vim.lsp.get_client_by_id(id)
  if started then
    when_ready(started, function()
      callback(started, place)
    end)
  end
end

---@param client vim.lsp.Client
---@param command string
---@return boolean
function M.offers(client, command)
  local commands = vim.tbl_get(client, 'server_capabilities', 'executeCommandProvider', 'commands')
  return vim.list_contains(commands or {}, command)
end

--- The URI by which a place is named to the server: the person's file if it exists, else the worktree's folder.
---@param place forksight.Place
---@return { uri: string, textDocument: { uri: string } }
function M.here(place)
  local bufnr = vim.api.nvim_get_current_buf()
  local file = repository.of_buffer(bufnr)
  local is_there = file ~= nil and file.worktree == place.worktree
  local uri = is_there and vim.uri_from_bufnr(bufnr) or vim.uri_from_fname(place.worktree)
  return { uri = uri, textDocument = { uri = uri } }
end

--- Send a request to the server. An error is shown as the server worded it.
---@param client vim.lsp.Client
---@param method string
---@param params table
---@param callback? fun(result: any)
function M.request(client, method, params, callback)
  client:request(method, params, function(err, result)
    if err then
      M.notify(err.message, vim.log.levels.ERROR)
    elseif callback then
      callback(result)
    end
  end)
end

--- Run a server command.
---@param command string Without the `forksight.` before it.
---@param arguments? table<string, any>
---@param callback? fun(result: any)
---@param where? forksight.Place Default: where the person is.
function M.execute(command, arguments, callback, where)
  M.with(function(client, place)
    local id = 'forksight.' .. command
    if not M.offers(client, id) then
      local info = client.server_info or {}
      local version = info.version and (' (%s)'):format(info.version) or ''
      return M.notify(
        ('the server%s does not offer `%s`: update it, then `:Forksight restart`'):format(version, id),
        vim.log.levels.WARN
      )
    end
    local argument = vim.tbl_extend('keep', arguments or {}, M.here(place))
    M.request(client, 'workspace/executeCommand', { command = id, arguments = { argument } }, callback)
  end, where)
end

--- Notify how to continue when a server has ended by itself.
---@param code integer
---@param signal integer
function M.ended(code, signal)
  if code ~= 0 or (signal ~= 0 and signal ~= 15) then
    M.notify(
      'the server has ended: `:Forksight restart` starts it again, `:Forksight log` says why',
      vim.log.levels.WARN
    )
  end
end

---@param client vim.lsp.Client
local function stop(client)
  client:stop()
  vim.defer_fn(function() -- it may hang: that is when people restart servers
    if not client.rpc.is_closing() then
      client.rpc.terminate()
    end
  end, 2000)
end

--- Stop all our clients and start them again, for the buffers that they had and for those that lost theirs.
function M.restart()
  local had = {} ---@type table<integer, true>
  for _, client in ipairs(vim.lsp.get_clients({ name = M.name })) do
    for bufnr in pairs(client.attached_buffers) do
      had[bufnr] = true
    end
    stop(client)
  end
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if had[bufnr] or (M.enabled() and vim.api.nvim_buf_is_loaded(bufnr)) then
      M.attach(bufnr)
    end
  end
end

return M
