const { hoursBetween } = require('./time')

function isHighWater(now, high) {
  return Math.abs(hoursBetween(now, high)) < 2
}

module.exports = { isHighWater }
