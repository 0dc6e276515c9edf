package import Identity
package import VolumeDriver

extension HookedDriver: ManagingDriver {
    package func manageableObjects() async throws(DriverError) -> [ManageableObject] {
        try hook(.manageableObjects, .before)
        let objects = try await base.managing.manageableObjects()
        try hook(.manageableObjects, .after)
        return objects
    }

    package func manage(
        _ name: String,
        as volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) -> ByteCount {
        try hook(.manage, .before)
        let size = try await base.managing.manage(name, as: volume, operation: operation)
        try hook(.manage, .after)
        return size
    }

    package func unmanage(_ volume: VolumeID, as name: String, operation: OperationID) async throws(DriverError) {
        try hook(.unmanage, .before)
        try await base.managing.unmanage(volume, as: name, operation: operation)
        try hook(.unmanage, .after)
    }
}
