import { writeFileSync } from 'node:fs'
import { readmeWithTable } from './requirements.ts'

const { url, wanted } = readmeWithTable()
writeFileSync(url, wanted)
