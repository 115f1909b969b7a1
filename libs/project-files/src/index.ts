export { closestName } from './closest-name.ts'
export { parseDuration } from './parse-duration.ts'
export { parseSettingsFile } from './parse-settings-file.ts'
export { type Place, YamlFile } from './yaml-file.ts'
