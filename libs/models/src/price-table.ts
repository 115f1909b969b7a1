import type { PriceTable } from './prices.ts'

/**
 * What the providers charge for standard requests, in US dollars per million tokens, and the windows of their models,
 * as of 26 November 2026. Not for batches, faster or regional tiers, searches, or cache writes that are kept for longer
 * than by default.
 *
 * Sources, the providers' own tables and pages of models:
 * https://platform.claude.com/docs/en/about-claude/pricing
 * https://developers.openai.com/api/docs/pricing
 * https://ai.google.dev/gemini-api/docs/pricing
 * https://platform.claude.com/docs/en/about-claude/models/overview
 * https://developers.openai.com/api/docs/models
 * https://ai.google.dev/gemini-api/docs/models
 *
 * A project's prices.yaml comes before this table (see docs/models.md).
 */
export const PRICES: PriceTable = {
  'anthropic/claude-fable-5-1': { window: 1_000_000, input: 10, output: 50, cacheRead: 0.25, cacheWrite: 12.5 },
  'anthropic/claude-fable-5': { window: 1_000_000, input: 10, output: 50, cacheRead: 1, cacheWrite: 12.5 },
  'anthropic/claude-opus-5-5': { window: 1_000_000, input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 },
  'anthropic/claude-opus-5': { window: 1_000_000, input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 },
  'anthropic/claude-opus-4-5': { window: 200_000, input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 },
  'anthropic/claude-sonnet-5-5': { window: 1_000_000, input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 },
  'anthropic/claude-sonnet-5': { window: 1_000_000, input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 },
  'anthropic/claude-sonnet-4-5': { window: 200_000, input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
  'anthropic/claude-haiku-5-5': {
    ...{ window: 1_000_000, input: 0.1, output: 0.5, cacheRead: 0.01, cacheWrite: 0.125 },
    long: { above: 100_000, input: 0.5, output: 2.5, cacheRead: 0.05, cacheWrite: 0.625 },
  },
  'anthropic/claude-haiku-4-5': { window: 200_000, input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 },

  'openai/gpt-6.2-astra': {
    ...{ window: 1_050_000, input: 8, output: 40, cacheRead: 0.4, cacheWrite: 10 },
    long: { above: 272_000, input: 16, output: 60, cacheRead: 0.8, cacheWrite: 20 },
  },
  'openai/gpt-6-astra': {
    ...{ window: 1_050_000, input: 10, output: 50, cacheRead: 1, cacheWrite: 12.5 },
    long: { above: 272_000, input: 20, output: 75, cacheRead: 2, cacheWrite: 25 },
  },
  'openai/gpt-6.2-sol': {
    ...{ window: 1_050_000, input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 },
    long: { above: 272_000, input: 4, output: 15, cacheRead: 0.2, cacheWrite: 5 },
  },
  'openai/gpt-6.1-sol': {
    ...{ window: 1_050_000, input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 },
    long: { above: 272_000, input: 4, output: 15, cacheRead: 0.2, cacheWrite: 5 },
  },
  'openai/gpt-6-sol': {
    ...{ window: 1_050_000, input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 },
    long: { above: 272_000, input: 4, output: 15, cacheRead: 0.4, cacheWrite: 5 },
  },
  'openai/gpt-6.1-terra': {
    ...{ window: 1_050_000, input: 1, output: 5, cacheRead: 0.05, cacheWrite: 1.25 },
    long: { above: 272_000, input: 2, output: 7.5, cacheRead: 0.1, cacheWrite: 2.5 },
  },
  'openai/gpt-6-luna': {
    ...{ window: 1_050_000, input: 0.1, output: 0.5, cacheRead: 0.01, cacheWrite: 0.125 },
    long: { above: 272_000, input: 0.2, output: 0.75, cacheRead: 0.02, cacheWrite: 0.25 },
  },

  'google/gemini-4-argon': [
    { window: 1_048_576, input: 2, output: 10, cacheRead: 0.1 },
    { window: 1_048_576, from: '2026-12-01', input: 4, output: 20, cacheRead: 0.2 },
  ],
  'google/gemini-4-carbon': [
    { window: 1_048_576, input: 2, output: 10, cacheRead: 0.1 },
    { window: 1_048_576, from: '2026-12-01', input: 4, output: 20, cacheRead: 0.2 },
  ],
  'google/gemini-4-neon': { window: 1_048_576, input: 3, output: 15, cacheRead: 0.15 },
  'google/gemini-4-hydrogen': { window: 1_048_576, input: 1.5, output: 7.5, cacheRead: 0.075 },
  'google/gemini-3.8-flash': [
    { window: 1_048_576, input: 0.75, output: 3.75 },
    { window: 1_048_576, from: '2027-01-01', input: 1.5, output: 7.5 },
  ],
  'google/gemini-3.5-flash': { window: 1_048_576, input: 1.5, output: 9 },
  'google/gemini-3.5-flash-lite': { window: 1_048_576, input: 0.3, output: 2.5 },
  'google/gemini-3.1-pro-preview': {
    ...{ window: 1_048_576, input: 2, output: 12 },
    long: { above: 200_000, input: 4, output: 18 },
  },
}
