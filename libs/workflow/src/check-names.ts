import type { YamlFile } from '@longhaul/project-files'
import { closestName } from '@longhaul/project-files'
import { describeUnknownStep } from './check-graph.ts'
import type { ContextName, Expression } from './expression.ts'
import type { Surroundings } from './parse-template.ts'

/** What an expression may name. */
export interface Known {
  /** Undefined where the inputs may have any names. */
  readonly inputs: readonly string[] | undefined
  readonly steps: readonly string[]
  /** The steps that are over where the expression is evaluated. */
  readonly over: ReadonlySet<string>
  /** The step that has the expression. */
  readonly of?: string
}

const STEP_FACTS = ['outputs', 'outcome', 'conclusion', 'error'] as const

/** Complains of names in expressions that stand for nothing. */
export function checkNames(file: YamlFile, contexts: readonly ContextName[], known: Known): Surroundings {
  const complaintAbout = (name: Expression['names'][number], isCondition: boolean): string | undefined => {
    if (name.kind === 'status') return isCondition ? undefined : `${name.name}() means something only in 'if'.`
    const { context, path } = name
    if (!contexts.includes(context as ContextName))
      return `'${context}' means nothing here. There ${contexts.length > 1 ? 'are' : 'is'} ${contexts.join(', ')}.`
    if (context === 'inputs') return faultOfInput(path, known)
    return context === 'steps' ? faultOfStep(path, known) : undefined
  }
  return {
    check: ({ names }, offset, isCondition) => {
      for (const name of names) {
        const complaint = complaintAbout(name, isCondition)
        if (complaint) file.complainAt(offset + name.offset, complaint)
      }
    },
  }
}

function faultOfInput([name]: readonly string[], { inputs }: Known): string | undefined {
  if (name === undefined || !inputs || inputs.some((input) => isSame(input, name))) return undefined
  const meant = closestName(name, inputs)
  return `There is no input '${name}'. ${meant ? `Did you mean '${meant}'?` : 'Declare it below inputs.'}`
}

function faultOfStep([id, fact]: readonly string[], { steps, over, of }: Known): string | undefined {
  if (id === undefined) return 'Name the step: write steps.ID.outputs.'
  const step = steps.find((one) => isSame(one, id))
  if (step === undefined) return describeUnknownStep(id, steps)
  if (!over.has(step)) {
    return step === of
      ? `The step '${step}' is not over here.`
      : `The step '${step}' may not be over here: add it to the needs of '${of}'.`
  }
  if (fact === undefined || STEP_FACTS.some((known) => isSame(known, fact))) return undefined
  const meant = closestName(fact, STEP_FACTS)
  return `A step has no '${fact}'. ${meant ? `Did you mean '${meant}'?` : `Write steps.${step}.outputs.${fact}.`}`
}

/** Expressions do not tell A from a. */
const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
