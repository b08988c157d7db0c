/** What a peer on the network may have of `foresight serve`. One window needs one connection and a few requests a second. */
export const LIMITS = {
  /** Bytes of a request line and its headers; a browser's are below 2 kB. */
  headerBytes: 16 * 1024,
  /** TCP connections at a time; a browser opens six. */
  connections: 128,
  /** Windows at a time. */
  clients: 16,
  /** Requests of one connection, and those among them whose answers it has not taken yet; browsers wait for each answer. */
  requests: 1000,
  unanswered: 8,
  /** A request that has not been sent in full by then is cut off, ms. */
  requestMs: 10_000,
  /** A connection that asks for nothing is closed after this, ms. */
  idleMs: 10_000,
  /** A refused connection has so long to read why, ms. */
  goodbyeMs: 2_000,
  /** Largest message from a browser, bytes; the largest that the window sends are formulas and lists of episodes. */
  messageBytes: 2 ** 20,
  /** Pieces that one message may come in, and chunks that may wait for the rest of their frame. */
  fragments: 256,
  chunks: 4096,
  /** Of what a browser has sent, so much may lie in wait for the core, characters, and 512 for each message; more is no window of ours. */
  waitingForCore: 4 * 2 ** 20,
  /** What waits for a browser that does not read, bytes; it is cut off beyond and connects again by itself. */
  waitingForClient: 64 * 2 ** 20,
  /** E-stops of one browser between two questions whether it is there: a key that is held down sends thirty a second. */
  stops: 1000,
  /** How often a browser is asked whether it is there, ms; who has not answered when it is asked again is cut off. */
  pingMs: 5_000,
} as const;
