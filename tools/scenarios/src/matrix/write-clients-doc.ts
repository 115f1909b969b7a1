import { writeFileSync } from 'node:fs'
import { clientsDoc } from './clients-doc.ts'

const { url, wanted } = clientsDoc()
writeFileSync(url, wanted)
