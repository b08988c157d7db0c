/** As much of a browser's window as modules of the renderer ask for while they load. Import it before them. */
Object.assign(globalThis, {
  window: {
    addEventListener: () => undefined,
    localStorage: { getItem: () => null, setItem: () => undefined },
    setTimeout,
    clearTimeout,
  },
});
