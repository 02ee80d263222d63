--- Documents that only the server has (`forksight:` URIs), such as a comparison: read-only, closed with q.

local client = require('forksight.client')

local M = {}

local scheme = 'forksight:'

---@param buf integer
---@param text string
local function fill(buf, text)
  if vim.api.nvim_buf_is_valid(buf) then
    vim.bo[buf].modifiable = true
    vim.api.nvim_buf_set_lines(buf, 0, -1, false, vim.split(text, '\n', { trimempty = true }))
    vim.bo[buf].modifiable = false
    vim.bo[buf].modified = false
  end
end

---@param uri string
---@return string
local function name_of(uri)
  return vim.fs.basename(vim.uri_decode(uri))
end

---@param uri string
---@param lsp vim.lsp.Client
---@return integer buf
local function make(uri, lsp)
  local buf = vim.api.nvim_create_buf(false, true)
  pcall(vim.api.nvim_buf_set_name, buf, 'forksight://' .. name_of(uri)) -- an older one may be shown still
  vim.b[buf].forksight_uri = uri
  vim.b[buf].forksight_place = client.place_of(lsp)
  vim.bo[buf].bufhidden = 'wipe'
  vim.bo[buf].modifiable = false
  vim.keymap.set('n', 'q', function()
    require('forksight.panel').close()
  end, { buffer = buf, nowait = true, desc = 'Forksight: close' })
  client.request(lsp, 'workspace/textDocumentContent', { uri = uri }, function(result)
    fill(buf, result.text)
  end)
  return buf
end

---@param uri string
---@param lsp vim.lsp.Client
local function open(uri, lsp)
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.b[vim.api.nvim_win_get_buf(window)].forksight_uri == uri then
      return vim.api.nvim_set_current_win(window)
    end
  end
  local buf = make(uri, lsp)
  vim.cmd('tab split')
  vim.api.nvim_win_set_buf(0, buf)
  vim.bo[buf].filetype = vim.filetype.match({ filename = name_of(uri) }) or 'text'
  vim.wo[0][0].spell = false
  vim.wo[0][0].conceallevel = 0 -- the columns of tables stand below each other as they are
  vim.wo[0][0].linebreak = true
end

--- Answer `window/showDocument`.
---@param err lsp.ResponseError?
---@param params lsp.ShowDocumentParams
---@param ctx lsp.HandlerContext
---@return any
function M.show(err, params, ctx)
  local lsp = vim.lsp.get_client_by_id(ctx.client_id)
  if lsp and vim.startswith(params.uri, scheme) then
    open(params.uri, lsp)
    return { success = true }
  end
  return vim.lsp.handlers['window/showDocument'](err, params, ctx)
end

return M
