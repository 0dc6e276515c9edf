internal import Foundation

extension Date {
    /// The time in UTC in ISO 8601 to the second: `2026-03-01T12:00:00Z`.
    ///
    /// Equals the output of Foundation's format style at a hundredth of its cost, which matters in long lists.
    var timestamp: String {
        let seconds = timeIntervalSince1970.rounded(.down)
        // From the beginning of the Gregorian calendar to the end of the year 9999.
        guard (-12_219_292_800..<253_402_300_800).contains(seconds) else { return formatted(.iso8601) }
        let (days, time) = Int(seconds).floored(by: 86_400)
        // Counts from 1 March of the year 0, so that a leap day is the last day of its year.
        let (era, dayOfEra) = (days + 719_468).floored(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return String(unsafeUninitializedCapacity: 20) { buffer in
            func write(_ number: Int, _ digits: Int, at place: Int, then separator: Unicode.Scalar) {
                var rest = number
                for position in (place..<(place + digits)).reversed() {
                    buffer[position] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
                buffer[place + digits] = UInt8(ascii: separator)
            }
            write(year, 4, at: 0, then: "-")
            write(month, 2, at: 5, then: "-")
            write(day, 2, at: 8, then: "T")
            write(time / 3600, 2, at: 11, then: ":")
            write(time / 60 % 60, 2, at: 14, then: ":")
            write(time % 60, 2, at: 17, then: "Z")
            return 20
        }
    }
}

extension Int {
    /// The quotient rounded towards minus infinity, and the non-negative remainder.
    fileprivate func floored(by divisor: Int) -> (Int, Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
