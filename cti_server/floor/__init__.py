"""The live call floor as a pure state machine.

`step(floor, input, now)` decides, `apply(floor, event)` changes state; nothing else does. The same events, in the same
order, always give the same floor, so the floor can be replayed, recovered after a crash and folded in a browser.
"""
