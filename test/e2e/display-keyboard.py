"""Presses keys of the X display, past every program, as a keyboard does.

Each line that comes in names a key ("Escape"); when it went down goes out, on the monotonic clock in ms.
"""
import ctypes
import sys
import time

x11 = ctypes.CDLL("libX11.so.6")
xtst = ctypes.CDLL("libXtst.so.6")
x11.XOpenDisplay.restype = ctypes.c_void_p
x11.XStringToKeysym.restype = ctypes.c_ulong
x11.XKeysymToKeycode.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
x11.XKeysymToKeycode.restype = ctypes.c_ubyte
x11.XFlush.argtypes = [ctypes.c_void_p]
xtst.XTestFakeKeyEvent.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_ulong]

display = x11.XOpenDisplay(None)
if not display:
    sys.exit("no display")
for line in sys.stdin:
    code = x11.XKeysymToKeycode(display, x11.XStringToKeysym(line.strip().encode()))
    at = time.monotonic_ns() / 1e6
    for down in (1, 0):
        xtst.XTestFakeKeyEvent(display, code, down, 0)
        x11.XFlush(display)
        # A finger stays longer on a key than this; a program may look for what is down in between.
        time.sleep(0.03 if down else 0)
    print(at, flush=True)
