/// The roles that requests demand (`cinder: policy`).
public struct Policy: Sendable, Hashable, Codable {
    /// A rule, which is about requests of one kind. The names are Cinder's where Cinder has such requests.
    public enum Rule: String, Sendable, Hashable, Codable, CaseIterable {
        case getVolume = "volume:get"
        case listVolumes = "volume:get_all"
        case createVolume = "volume:create"
        case createMultiattach = "volume:multiattach"
        case updateVolume = "volume:update"
        case extendVolume = "volume:extend"
        case deleteVolume = "volume:delete"
        case retypeVolume = "volume:retype"
        case revertVolume = "volume:revert_to_snapshot"
        case getSnapshot = "volume:get_snapshot"
        case listSnapshots = "volume:get_all_snapshots"
        case createSnapshot = "volume:create_snapshot"
        case deleteSnapshot = "volume:delete_snapshot"
        case attachVolume = "volume:attachment_create"
        case detachVolume = "volume:attachment_delete"
        case transferVolume = "volume:create_transfer"
        case saveImage = "volume_extension:volume_actions:upload_image"
        case adoptVolume = "volume_extension:volume_manage"
        case forgetVolume = "volume_extension:volume_unmanage"
        case migrateVolume = "volume_extension:volume_admin_actions:migrate_volume"
        case resetStatus = "volume_extension:volume_admin_actions:reset_status"
        case getType = "volume_extension:type_get"
        case listTypes = "volume_extension:type_get_all"
        case createType = "volume_extension:type_create"
        case updateType = "volume_extension:type_update"
        case deleteType = "volume_extension:type_delete"
        case listAllTypes = "volume_extension:access_types_extra_specs"
        case grantType = "volume_extension:volume_type_access:addProjectAccess"
        case revokeType = "volume_extension:volume_type_access:removeProjectAccess"
        case getQoS = "volume_extension:qos_specs_manage:get"
        case changeQoS = "volume_extension:qos_specs_manage:update"
        case getGroup = "group:get"
        case listGroups = "group:get_all"
        case createGroup = "group:create"
        case updateGroup = "group:update"
        case deleteGroup = "group:delete"
        case createGroupSnapshot = "group:create_group_snapshot"
        case getQuota = "volume_extension:quotas:show"
        case updateQuota = "volume_extension:quotas:update"
        case listPools = "scheduler_extension:scheduler_stats:get_pools"
        case updatePool = "volume_extension:services:update"
        case listProjects = "identity:list_projects"
        case getFlow = "flow:get"
        case cancelFlow = "flow:cancel"
        case retryFlow = "flow:retry"
        case abandonFlow = "flow:abandon"
        case backUp = "database:backup"
        case checkUp = "service:check"

        /// The role that the rule demands unless a policy says otherwise.
        public var defaultRole: Scope.Role {
            switch self {
            case .getVolume, .listVolumes, .getSnapshot, .listSnapshots, .getType, .listTypes, .getQuota, .listPools,
                .getFlow, .getGroup, .listGroups:
                .reader
            case .createVolume, .createMultiattach, .updateVolume, .extendVolume, .deleteVolume, .retypeVolume,
                .revertVolume, .createSnapshot, .deleteSnapshot, .attachVolume, .detachVolume, .saveImage,
                .cancelFlow, .retryFlow, .createGroup, .updateGroup, .deleteGroup, .createGroupSnapshot:
                .member
            case .adoptVolume, .forgetVolume, .migrateVolume, .resetStatus, .transferVolume, .createType, .updateType,
                .deleteType, .listAllTypes,
                .grantType, .revokeType, .getQoS, .changeQoS, .updateQuota, .updatePool, .listProjects, .abandonFlow,
                .backUp, .checkUp:
                .admin
            }
        }
    }

    /// The roles that rules demand instead of their default roles.
    public var roles: [Rule: Scope.Role]

    /// - Parameter roles: the roles that rules demand instead of their default roles.
    public init(roles: [Rule: Scope.Role] = [:]) { self.roles = roles }

    /// The role that a rule demands.
    public func role(for rule: Rule) -> Scope.Role { roles[rule] ?? rule.defaultRole }
}
