import { integer } from './setting.ts'

export const TREES = {
  maxChildDepth: integer(
    'LONGHAUL_MAX_CHILD_DEPTH',
    8,
    'Levels of tasks below one that a client submitted; a call on the last one fails.',
    { least: 0 },
  ),
  maxOpenChildren: integer(
    'LONGHAUL_MAX_OPEN_CHILDREN',
    100,
    'Children that one task may have at work at once; the call of one more fails.',
  ),
  maxTreeTasks: integer(
    'LONGHAUL_MAX_TREE_TASKS',
    1000,
    'Most tasks below one that a client submitted, over all its life; the call of one more fails.',
  ),
  maxHandOffs: integer(
    'LONGHAUL_MAX_HAND_OFFS',
    10,
    'Times that agents may hand one conversation over; the last that has it then cannot, and has to answer.',
    { least: 0 },
  ),
}
