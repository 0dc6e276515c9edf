internal import Synchronization
internal import VolumeAPI
internal import VolumeDriver

/// Creates a pool's driver when it is first needed, and keeps it.
final class DriverSource: Sendable {
    private let made: Mutex<(any VolumeDriver)?>
    private let make: @Sendable () async throws(DriverError) -> any VolumeDriver

    /// - Parameter make: creates the driver. It may take long or fail, and must not change the backend.
    init(_ make: @escaping @Sendable () async throws(DriverError) -> any VolumeDriver) {
        self.make = make
        made = Mutex(nil)
    }

    init(_ driver: any VolumeDriver) {
        made = Mutex(driver)
        make = { () throws(DriverError) in driver }
    }

    /// The driver, if it has been created.
    var present: (any VolumeDriver)? { made.withLock(\.self) }

    /// Returns the driver. Concurrent callers may each create one; the first is kept.
    func driver() async throws(DriverError) -> any VolumeDriver {
        if let present { return present }
        let new = try await make()
        return made.withLock { kept in
            let driver = kept ?? new
            kept = driver
            return driver
        }
    }
}
