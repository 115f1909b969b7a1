/** Of the commands that are given a project. */
export const PROJECT = ['[project]', 'folder with mcp.json, agents/ and tools/', '.'] as const
