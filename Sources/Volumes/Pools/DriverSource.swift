internal import Synchronization
internal import VolumeAPI
internal import VolumeDriver

/// Makes a pool's driver when it is first needed, and keeps it.
final class DriverSource: Sendable {
    private let made: Mutex<(any VolumeDriver)?>
    private let make: @Sendable () async throws(DriverError) -> any VolumeDriver

    /// - Parameter make: makes the driver, which may take long or come to nothing, and changes nothing on the backend.
    init(_ make: @escaping @Sendable () async throws(DriverError) -> any VolumeDriver) {
        self.make = make
        made = Mutex(nil)
    }

    init(_ driver: any VolumeDriver) {
        made = Mutex(driver)
        make = { () throws(DriverError) in driver }
    }

    /// The driver, if it has been made.
    var present: (any VolumeDriver)? { made.withLock(\.self) }

    /// The driver. Several callers at once may each make one, of which the first is kept.
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
