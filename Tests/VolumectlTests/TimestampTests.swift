import Foundation
import Testing

@testable import volumectl

struct TimestampTests {
    @Test func `a time has the format of Foundation's`() {
        var times: [TimeInterval] = [
            0, -1, -86_400, 951_782_399, 951_782_400, 951_868_799, 951_868_800, 1_709_164_800, 4_107_542_400,
            -62_135_596_800, 253_402_300_799,
        ]
        for _ in 0..<5_000 { times.append(TimeInterval(Int64.random(in: -2_208_988_800..<253_402_300_800))) }
        for _ in 0..<1_000 { times.append(.random(in: 0..<4_000_000_000)) }
        for time in times {
            let date = Date(timeIntervalSince1970: time)
            #expect(date.timestamp == date.formatted(.iso8601), "\(time)")
        }
    }
}
