/** Of the commands that are given a project. */
export const PROJECT = ['[project]', 'folder with mcp.json, agents/, workflows/ and tools/', '.'] as const
