exports.hoursBetween = (from, to) => (to - from) / 3600000
