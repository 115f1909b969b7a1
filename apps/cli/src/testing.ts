export * from '@longhaul/testing'
