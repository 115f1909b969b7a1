import type { Size } from './plan.ts'

/** More than 200 kills and freezes. About ten minutes, where nothing else runs. */
export const FULL: Size = {
  tasks: 500,
  elders: 4,
  workers: 4,
  coordinators: 2,
  window: 40,
  storm: {
    'kill-worker': 135,
    'freeze-worker': 45,
    'stall-worker': 30,
    'cut-worker': 15,
    'delay-worker': 15,
    'kill-coordinator': 15,
    'freeze-coordinator': 10,
    'drain-worker': 15,
    'drain-coordinator': 6,
    'rolling-restart': 2,
    'restart-store': 2,
    'kill-store': 1,
  },
  calmKills: 10,
  shortLived: 30,
  drainMs: 60_000,
  atLeast: { killsAndFreezes: 200, interrupting: 100, interruptedSteps: 100, storeRestarts: 2, refusedWrites: 20 },
}

/** For every change: less than two minutes on two cores. */
export const SHORT: Size = {
  tasks: 44,
  elders: 2,
  workers: 3,
  coordinators: 2,
  window: 24,
  storm: {
    'kill-worker': 6,
    'freeze-worker': 3,
    'stall-worker': 3,
    'cut-worker': 1,
    'delay-worker': 1,
    'kill-coordinator': 1,
    'freeze-coordinator': 1,
    'drain-worker': 1,
    'drain-coordinator': 0,
    'rolling-restart': 1,
    'restart-store': 1,
    'kill-store': 0,
  },
  calmKills: 2,
  shortLived: 8,
  drainMs: 30_000,
  // On a slow machine less is hit.
  atLeast: { killsAndFreezes: 12, interrupting: 4, interruptedSteps: 4, storeRestarts: 1, refusedWrites: 1 },
}

/** For a run that is to fail: a protection is switched off. */
export const SELF_TEST: Size = {
  tasks: 50,
  elders: 0,
  workers: 3,
  coordinators: 1,
  window: 30,
  storm: {
    'kill-worker': 4,
    'freeze-worker': 4,
    'stall-worker': 6,
    'cut-worker': 0,
    'delay-worker': 0,
    'kill-coordinator': 0,
    'freeze-coordinator': 0,
    'drain-worker': 0,
    'drain-coordinator': 0,
    'rolling-restart': 0,
    'restart-store': 0,
    'kill-store': 0,
  },
  calmKills: 0,
  shortLived: 0,
  drainMs: 15_000,
  atLeast: { killsAndFreezes: 0, interrupting: 0, interruptedSteps: 0, storeRestarts: 0, refusedWrites: 0 },
}
