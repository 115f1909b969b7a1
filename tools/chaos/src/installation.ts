import { withoutSettings } from '@longhaul/testbed'
import { ChaosStore } from './chaos-store.ts'
import { API_KEYS } from './client.ts'
import type { ExitSeen } from './evidence.ts'
import { Member, type ProcessSeen, type Role } from './member.ts'
import type { Size } from './plan.ts'

export interface InstallationOptions {
  readonly size: Size
  /** Where the store keeps its data. */
  readonly dir: string
  readonly recorderUrl: string
  /** A module that takes a protection away from the processes; absent: nothing is changed. */
  readonly sabotage?: URL
}

/** Longhaul as it would be installed: a store, coordinators and workers, each a process of its own. */
export class Installation {
  /** Every process there was. */
  readonly processes: ProcessSeen[] = []
  readonly store: ChaosStore
  readonly members: readonly Member[]

  private constructor(store: ChaosStore, members: readonly Member[], processes: ProcessSeen[]) {
    this.store = store
    this.members = members
    this.processes = processes
  }

  static async start({ size, dir, recorderUrl, sabotage }: InstallationOptions): Promise<Installation> {
    const store = await ChaosStore.start(dir)
    const processes: ProcessSeen[] = []
    const env = {
      ...withoutSettings(process.env),
      PORT: '0',
      CHAOS_RECORDER: recorderUrl,
      LONGHAUL_API_KEYS: API_KEYS,
      // The model that workers call is the recorder's, and says all at once.
      OPENAI_COMPATIBLE_BASE_URL: `${recorderUrl}/v1`,
      LONGHAUL_DELTA_INTERVAL_MS: '0',
      // All tasks on one page, and no event forgotten, so that everything can be looked at from outside.
      LONGHAUL_LIST_PAGE_SIZE: '5000',
      LONGHAUL_EVENTS_PER_PARTITION: '1000000',
      // Who asks, or fails, since code has changed waits for so long whether the old one comes back.
      LONGHAUL_CATALOG_GRACE_MS: '12000',
      // How many writes were refused is in the heartbeat, and is lost with a worker that is killed before the next.
      LONGHAUL_HEARTBEAT_MS: '1000',
      ...(sabotage && { NODE_OPTIONS: `--import=${sabotage.href}` }),
    }
    const open = async (role: Role, number: number) =>
      new Member({
        role,
        name: `${role} ${number + 1}`,
        env,
        proxy: await store.proxy(),
        onStart: (seen) => processes.push(seen),
      })
    const members = await Promise.all([
      ...Array.from({ length: size.coordinators }, (_, number) => open('coordinator', number)),
      ...Array.from({ length: size.workers }, (_, number) => open('worker', number)),
    ])
    const installation = new Installation(store, members, processes)
    try {
      await Promise.all(members.map((member) => member.start()))
    } catch (error) {
      await installation.kill()
      throw error
    }
    return installation
  }

  get workers(): readonly Member[] {
    return this.members.filter(({ role }) => role === 'worker')
  }

  get coordinators(): readonly Member[] {
    return this.members.filter(({ role }) => role === 'coordinator')
  }

  /** Addresses of the coordinators that can be asked. */
  get addresses(): readonly string[] {
    return this.coordinators.filter(({ state }) => state !== 'down').map(({ address }) => address)
  }

  /** Asks all processes to end. Resolves to how they did. */
  async end(): Promise<readonly ExitSeen[]> {
    return Promise.all(this.members.map(async (member) => ({ name: member.name, code: await member.end('SIGTERM') })))
  }

  /** Starts all processes again, with more settings. */
  async startAgain(env: NodeJS.ProcessEnv): Promise<void> {
    await Promise.all(this.members.map((member) => member.start(env)))
  }

  /** Ends everything at once. */
  async kill(): Promise<void> {
    await Promise.all(this.members.map((member) => member.end('SIGKILL')))
    await this.store.stop()
  }
}
