const { isHighWater } = require('./tides')

exports.canEnter = (draught, now, high) => draught < 2.6 || (isHighWater(now, high) && draught < 4.4)
