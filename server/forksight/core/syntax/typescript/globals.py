"""Names that mean something in JavaScript though no file binds them: the language's, those of browsers, Node and test runners.

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
