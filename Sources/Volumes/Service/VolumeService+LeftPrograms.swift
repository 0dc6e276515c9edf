internal import SQLStore
internal import TaskFlow
internal import VolumeAPI

extension VolumeService {
    /// Waits for programs that dead processes have left running, because the objects that they work on must not be
    /// touched before they end. Programs that exceed their time limit are killed.
    ///
    /// - Returns: one recovery for each flow with a program that can't be ended from here; `nil` at once if a wait is
    ///   under way already.
    func waitForLeftPrograms() async throws -> [Recovery]? {
        try await store.watching {
            var recoveries: [Recovery] = []
            for left in try await store.left() {
                let holder = left.holder
                guard try await !left.waitForPrograms() else { continue }
                recoveries.append(
                    Recovery(
                        flow: left.flow,
                        interruptedStep: nil,
                        state: nil,
                        problem: "\(holder), which it left running, does not end: kill it"
                    )
                )
            }
            return recoveries
        }
    }
}
