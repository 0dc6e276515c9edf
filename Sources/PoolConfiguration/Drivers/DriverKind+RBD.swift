internal import RBDDriver
internal import VolumeDriver

extension DriverKind {
    /// Images in a pool of Ceph's.
    static let rbd = DriverKind(
        name: RBDDriver.kind,
        options: [
            DriverOption(name: "rbd-pool") { _ in CephAccess.defaultPool },
            DriverOption(name: "rbd-user") { _ in CephAccess.defaultUser },
            DriverOption(name: "rbd-ceph-conf") { _ in CephAccess.defaultConfiguration },
            DriverOption(name: "rbd-keyring"), .exportDirectory,
        ]
    ) { settings in
        let access: CephAccess
        do throws(DriverError) {
            access = try CephAccess(
                pool: settings["rbd-pool"] ?? CephAccess.defaultPool,
                user: settings["rbd-user"] ?? CephAccess.defaultUser,
                configuration: settings["rbd-ceph-conf"] ?? CephAccess.defaultConfiguration,
                keyring: settings["rbd-keyring"]
            )
        } catch {
            throw settings.error("driver", error.message)
        }
        let driver = RBDDriver(access, directory: try settings.exportDirectory())
        return { () throws(DriverError) in driver }
    }
}
