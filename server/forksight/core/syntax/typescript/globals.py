"""Names that mean something in JavaScript though no file binds them: the language's, those of browsers, Node and test runners;
and the members of the language's own values.

Libraries' types may add more: the list errs towards silence.
"""

_WORDS = """
AbortController AbortSignal Account AggregateError Animation Array ArrayBuffer ArrayLike AsyncIterable Atomics
Audio Awaited BigInt BigInt64Array BigUint64Array Blob Boolean BroadcastChannel Buffer
ByteLengthQueuingStrategy CSS Cache Comment CompressionStream CountQueuingStrategy Credential Crypto CryptoKey
CustomEvent DOMException DataView Date DecompressionStream Document DragEvent Element Error EvalError Event
EventTarget Exclude Extract File FileList FileReader FinalizationRegistry Float32Array Float64Array FocusEvent
FormData Function HTMLElement Headers Image Infinity InputEvent InstanceType Int16Array Int32Array Int8Array
IntersectionObserver Intl Iterable Iterator JSON JSX KeyboardEvent Lock Map Math MessageChannel MessageEvent
MessagePort MouseEvent MutationObserver NaN Navigation Node NodeJS NonNullable Notification Number Object Omit
Option Parameters Partial Performance PerformanceEntry PerformanceMark PerformanceMeasure PerformanceObserver
PerformanceObserverEntryList PerformanceResourceTiming Permissions Pick Plugin PointerEvent Position Promise
PromiseLike Proxy Range RangeError React ReadableByteStreamController ReadableStream ReadableStreamBYOBReader
ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader Readonly ReadonlyArray
Record ReferenceError Reflect RegExp Report Request Required ResizeObserver Response ReturnType Scheduler
Selection Set SharedArrayBuffer Storage String SubtleCrypto Symbol SyntaxError Text TextDecoder
TextDecoderStream TextEncoder TextEncoderStream Touch TouchEvent TransformStream
TransformStreamDefaultController TypeError UIEvent URIError URL URLSearchParams Uint16Array Uint32Array
Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly WebSocket Worker WritableStream
WritableStreamDefaultController WritableStreamDefaultWriter XMLHttpRequest __dirname __filename afterAll
afterEach alert arguments assert async_hooks atob beforeAll beforeEach blur btoa buffer child_process
clearImmediate clearInterval clearTimeout close cluster confirm console const constants crypto decodeURI
decodeURIComponent describe dgram diagnostics_channel dns document domain encodeURI encodeURIComponent escape
eval event events expect exports fetch find focus frames fs global globalThis history http http2 https
inspector isFinite isNaN it jest length localStorage location module name navigator net open origin os parent
parseFloat parseInt path perf_hooks performance print process prompt punycode querystring queueMicrotask
readline repl require screen self sessionStorage setImmediate setInterval setTimeout status stop stream
string_decoder structuredClone sys test timers tls top trace_events tty undefined unescape url util v8 vi vm
wasi window worker_threads zlib
"""
GLOBALS = frozenset(_WORDS.split())
_MEMBERS = """
abort addAbortListener addAbortSignal addEventListener addListener allSettled anchor append apply arguments
arrayBuffer asIndexedPairs asIntN asUintN assign asyncDispose asyncIterator attribute bind blink blob body
bodyUsed bold buffer byteLength byteOffset bytes cache call caller canParse captureRejectionSymbol
captureRejections captureStackTrace catch charAt charCodeAt clear clone closed codePointAt compile compose
concat constructor copyWithin cork create createObjectURL credentials defaultMaxListeners defineProperties
defineProperty delete description destination destroy destroyed dispatchEvent dispose dotAll drop duplex
duplexPair emit endsWith entries error errorMonitor errored eventNames every exec fill filter finally find
findIndex findLast findLastIndex finished fixed flags flat flatMap fontcolor fontsize forEach formData freeze
from fromCharCode fromCodePoint fromEntries fromWeb getAll getDate getDay getDefaultHighWaterMark
getEventListeners getFullYear getHours getMaxListeners getMilliseconds getMinutes getMonth
getOwnPropertyDescriptor getOwnPropertyDescriptors getOwnPropertyNames getOwnPropertySymbols getPrototypeOf
getSeconds getSetCookie getTime getTimezoneOffset getUTCDate getUTCDay getUTCFullYear getUTCHours
getUTCMilliseconds getUTCMinutes getUTCMonth getUTCSeconds getYear global hasIndices hasInstance hasOwn
hasOwnProperty hash headers host hostname href ignoreCase includes indexOf init input integrity isArray
isConcatSpreadable isDestroyed isDisturbed isErrored isExtensible isFinite isFrozen isHistoryNavigation
isInteger isNaN isPaused isPrototypeOf isReadable isReloadNavigation isSafeInteger isSealed isView isWellFormed
isWritable italics iterator join json kMaxEventTargetListeners kMaxEventTargetListenersWarned keepalive keyFor
keys lastIndexOf lastMatch lastParen leftContext length link listenerCount listeners localeCompare match
matchAll maxByteLength message method mode multiline name next normalize once origin padEnd padStart parse
parseFloat parseInt password pathname pause pipe pipeline port prepareStackTrace prependListener
prependOnceListener preventExtensions promises propertyIsEnumerable protocol prototype push race rawListeners
read readable readableAborted readableBuffer readableDidRead readableEncoding readableEnded readableFlowing
readableHighWaterMark readableLength readableObjectMode redirect redirected reduce reduceRight referrer
referrerPolicy reject removeAllListeners removeEventListener removeListener repeat replace replaceAll resizable
resize resolve resume return reverse revokeObjectURL rightContext seal search searchParams setDate
setDefaultEncoding setDefaultHighWaterMark setEncoding setFullYear setHours setMaxListeners setMilliseconds
setMinutes setMonth setPrototypeOf setSeconds setTime setUTCDate setUTCFullYear setUTCHours setUTCMilliseconds
setUTCMinutes setUTCMonth setUTCSeconds setYear shift signal size slice small some sort source species splice
split stackTraceLimit startsWith status statusText sticky strike subarray substr substring take test text then
throw toArray toDateString toExponential toFixed toGMTString toISOString toJSON toLocaleDateString
toLocaleLowerCase toLocaleString toLocaleTimeString toLocaleUpperCase toLowerCase toPrecision toPrimitive
toReversed toSorted toSpliced toString toStringTag toTimeString toUTCString toUpperCase toWeb toWellFormed trim
trimEnd trimLeft trimRight trimStart type uncork unicode unicodeSets unpipe unscopables unshift username
usingDomains valueOf values with wrap writable writableBuffer writableCorked writableEnded writableFinished
writableHighWaterMark writableLength writableNeedDrain writableObjectMode write
"""
COMMON_MEMBERS = frozenset(_MEMBERS.split())
