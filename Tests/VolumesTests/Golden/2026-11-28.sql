PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE schema_version (name TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT;
INSERT INTO schema_version VALUES('flow',6);
INSERT INTO schema_version VALUES('job',2);
INSERT INTO schema_version VALUES('volume',3);
INSERT INTO schema_version VALUES('quota',1);
INSERT INTO schema_version VALUES('pool',1);
INSERT INTO schema_version VALUES('provisioned',1);
CREATE TABLE flow (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    subject TEXT NOT NULL,
    request TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    owner TEXT NOT NULL,
    owner_lock INTEGER NOT NULL,
    epoch INTEGER NOT NULL
, book TEXT REFERENCES logbook (id), job TEXT, lease INTEGER, cancel_requested_at INTEGER, resolved_at INTEGER, resolution TEXT, shape_number INTEGER REFERENCES flow_shape (number)) STRICT;
INSERT INTO flow VALUES(1,'ca2254ed-a778-46d7-8605-68f4c48094ca','create-volume',3,'web','{"freePercent":null,"isNewID":true,"name":"web","pool":null,"project":"default","requestedPool":null,"size":10737418240,"volume":"f7fc3671-0f62-4361-85f4-915ad97fe417"}','SUCCESS',1795889019286894,1795889019601980,'process 4630',0,1,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO flow VALUES(2,'8ee8e80c-c4cd-413f-9a29-22c631c28e91','create-volume',3,'c1c1aeea-4a13-44ac-a3e3-cf62d33d45c4','{"freePercent":null,"isNewID":true,"name":null,"pool":null,"project":"default","requestedPool":null,"size":1073741824,"volume":"c1c1aeea-4a13-44ac-a3e3-cf62d33d45c4"}','SUCCESS',1795889019621204,1795889019742609,'process 4683',0,1,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO flow VALUES(3,'c753df4a-be84-45be-a171-7d3a79f82699','create-volume',3,'share','{"freePercent":5,"isNewID":true,"name":"share","pool":null,"project":"default","requestedPool":null,"size":null,"volume":"0be87acb-0e72-4caf-93ac-c558a0394e9b"}','SUCCESS',1795889019760840,1795889019875057,'process 4745',0,1,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO flow VALUES(4,'69ba4520-628a-4a02-9dde-5e320ed244f6','create-volume',3,'old','{"freePercent":null,"isNewID":true,"name":"old","pool":null,"project":"default","requestedPool":null,"size":2147483648,"volume":"220843ad-edd8-49ec-a7e8-e0df76bea669"}','SUCCESS',1795889019894392,1795889020026670,'process 4811',0,1,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO flow VALUES(5,'c432c345-2332-48d4-b50b-64ce830414b7','delete-volume',2,'old','{"volume":"220843ad-edd8-49ec-a7e8-e0df76bea669"}','SUCCESS',1795889020059022,1795889020067335,'process 4891',0,1,NULL,NULL,NULL,NULL,NULL,NULL,2);
INSERT INTO flow VALUES(6,'a8124f6b-3755-43eb-9e10-aa065bf44d31','create-volume',3,'big','{"freePercent":null,"isNewID":true,"name":"big","pool":null,"project":"default","requestedPool":null,"size":322122547200,"volume":"afa97061-bacc-4a03-99f4-56de3561dd92"}','REVERTED',1795889020089372,1795889020195981,'process 4907',0,1,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO flow VALUES(7,'fa7360e7-8b26-41fd-8859-fdb2892827f7','create-volume',3,'broken','{"freePercent":null,"isNewID":true,"name":"broken","pool":"ext","project":"default","requestedPool":"ext","size":3145728,"volume":"a687c87b-2b48-4609-86f1-831f4d81db5a"}','FAILURE',1795889020225259,1795889020650024,'process 4986',0,1,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO flow VALUES(8,'c1884465-3227-43dc-8c47-8e866a3682a1','create-volume',3,'given-up','{"freePercent":null,"isNewID":true,"name":"given-up","pool":"ext","project":"default","requestedPool":"ext","size":5242880,"volume":"aed72ce1-9a4f-4ad4-9937-dfc017e7729f"}','FAILURE',1795889020689791,1795889021242960,'process 5146',0,2,NULL,NULL,NULL,NULL,1795889021242960,'abandoned by root',1);
INSERT INTO flow VALUES(9,'a3381d55-766a-41ac-8280-575912068a49','create-volume',3,'half-way','{"freePercent":null,"isNewID":true,"name":"half-way","pool":"ext","project":"default","requestedPool":"ext","size":7340032,"volume":"480774f5-bcae-4d7d-afe6-f6890ea8a2cb"}','SUCCESS',1795889021262601,1795889021576908,'process 5163',0,1,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO flow VALUES(10,'f68d5fdd-b537-497c-9830-c6a1d86ecda4','create-volume',3,'leaving','{"freePercent":null,"isNewID":true,"name":"leaving","pool":"ext","project":"default","requestedPool":"ext","size":9437184,"volume":"88c146b1-842d-478c-b0ac-0041bdcc29aa"}','SUCCESS',1795889021627208,1795889021998091,'process 5216',0,1,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO flow VALUES(11,'0acc0de7-2095-4187-87cc-0c592567fe89','create-volume',3,'begun','{"freePercent":null,"isNewID":true,"name":"begun","pool":"ext","project":"default","requestedPool":"ext","size":11534336,"volume":"af6415e1-5341-4d60-8467-95e620bc89f2"}','RUNNING',1795889022020234,1795889022020234,'process 5246',2554131422168219648,1,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO flow VALUES(12,'aaa9bd5d-515f-4ee6-97cb-110e6727c016','delete-volume',2,'leaving','{"volume":"88c146b1-842d-478c-b0ac-0041bdcc29aa"}','RUNNING',1795889023026489,1795889023026489,'process 5398',1273584947180863488,1,NULL,NULL,NULL,NULL,NULL,NULL,2);
CREATE TABLE flow_journal (
    flow TEXT NOT NULL REFERENCES flow (id),
    entry INTEGER NOT NULL,
    atom TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    at INTEGER NOT NULL,
    output TEXT,
    failure TEXT,
    resolution TEXT, progress TEXT,
    PRIMARY KEY (flow, entry)
) STRICT, WITHOUT ROWID;
INSERT INTO flow_journal VALUES('0acc0de7-2095-4187-87cc-0c592567fe89',1,'survey-pools','SUCCESS',1795889022020713,1795889022126209,'{"reports":[{"capabilities":{"granule":4096,"isThin":true},"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618685952,"logical":16777216,"total":270553174016},"features":["extend","snapshot","revert","clone","image","health","mark"],"kind":"external","mark":"88fe8719-cdfe-45df-90ba-f9963010a8d1","name":"ext","overSubscriptionRatio":20,"reservedPercentage":0}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('0acc0de7-2095-4187-87cc-0c592567fe89',2,'reserve-quota','SUCCESS',1795889022126785,1795889022126932,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('0acc0de7-2095-4187-87cc-0c592567fe89',3,'create-entry','SUCCESS',1795889022126934,1795889022127029,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('0acc0de7-2095-4187-87cc-0c592567fe89',4,'try-pools','SUCCESS',1795889022127029,1795889022127085,'{"tried":[]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('0acc0de7-2095-4187-87cc-0c592567fe89',5,'schedule','SUCCESS',1795889022127087,1795889022127777,'{"actualSize":11534336,"chosenPool":"ext","verdicts":[{"decision":"chosen","driver":"external","pool":"ext","room":{"allocationUnit":4096,"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618685952,"logical":16777216,"total":270553174016},"isThin":true,"promised":15917260800,"reserved":0,"sharedWith":["default"],"virtual":5395146219520},"size":11534336,"why":"~4.9 TiB free of ~251.97 GiB with over-subscription, shared with default"}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('0acc0de7-2095-4187-87cc-0c592567fe89',6,'create-on-driver','RUNNING',1795889022127779,1795889022127780,NULL,NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('69ba4520-628a-4a02-9dde-5e320ed244f6',1,'survey-pools','SUCCESS',1795889019894894,1795889020023603,'{"reports":[{"capabilities":{"granule":4096,"isThin":true},"capacity":{"backing":"file system fe00 of host ''vm''","free":81618722816,"total":270553174016},"features":["extend","snapshot","revert","clone","image","attach","export","manage","health","mark"],"kind":"loopback","mark":"ac28d1b9-5855-4524-b146-80213e5722a9","name":"default","overSubscriptionRatio":20,"reservedPercentage":0},{"capabilities":{"granule":4096,"isThin":true},"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618722816,"logical":0,"total":270553174016},"features":["extend","snapshot","revert","clone","image","health","mark"],"kind":"external","mark":"88fe8719-cdfe-45df-90ba-f9963010a8d1","name":"ext","overSubscriptionRatio":20,"reservedPercentage":0}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('69ba4520-628a-4a02-9dde-5e320ed244f6',2,'reserve-quota','SUCCESS',1795889020024069,1795889020024252,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('69ba4520-628a-4a02-9dde-5e320ed244f6',3,'create-entry','SUCCESS',1795889020024253,1795889020024359,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('69ba4520-628a-4a02-9dde-5e320ed244f6',4,'try-pools','SUCCESS',1795889020024360,1795889020024402,'{"tried":[]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('69ba4520-628a-4a02-9dde-5e320ed244f6',5,'schedule','SUCCESS',1795889020024403,1795889020024691,'{"actualSize":2147483648,"chosenPool":"default","verdicts":[{"decision":"chosen","driver":"loopback","pool":"default","room":{"allocationUnit":4096,"capacity":{"backing":"file system fe00 of host ''vm''","free":81618722816,"total":270553174016},"isThin":true,"promised":15892094976,"reserved":0,"sharedWith":["ext"],"virtual":5395171385344},"size":2147483648,"why":"~4.9 TiB free of ~251.97 GiB with over-subscription, shared with ext"},{"decision":"eligible","driver":"external","pool":"ext","room":{"allocationUnit":4096,"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618722816,"logical":0,"total":270553174016},"isThin":true,"promised":15892094976,"reserved":0,"sharedWith":["default"],"virtual":5395171385344},"size":2147483648,"why":"~4.9 TiB free of ~251.97 GiB with over-subscription, shared with default"}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('69ba4520-628a-4a02-9dde-5e320ed244f6',6,'create-on-driver','RUNNING',1795889020024692,1795889020024693,NULL,NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('69ba4520-628a-4a02-9dde-5e320ed244f6',7,'create-on-driver','SUCCESS',1795889020024692,1795889020026334,'{"location":"/srv/volumes/s/pools/default/volume-220843ad-edd8-49ec-a7e8-e0df76bea669"}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('69ba4520-628a-4a02-9dde-5e320ed244f6',8,'finish','SUCCESS',1795889020026422,1795889020026642,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('8ee8e80c-c4cd-413f-9a29-22c631c28e91',1,'survey-pools','SUCCESS',1795889019621742,1795889019739823,'{"reports":[{"capabilities":{"granule":4096,"isThin":true},"capacity":{"backing":"file system fe00 of host ''vm''","free":81618731008,"total":270553174016},"features":["extend","snapshot","revert","clone","image","attach","export","manage","health","mark"],"kind":"loopback","mark":"ac28d1b9-5855-4524-b146-80213e5722a9","name":"default","overSubscriptionRatio":20,"reservedPercentage":0},{"capabilities":{"granule":4096,"isThin":true},"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618731008,"logical":0,"total":270553174016},"features":["extend","snapshot","revert","clone","image","health","mark"],"kind":"external","mark":"88fe8719-cdfe-45df-90ba-f9963010a8d1","name":"ext","overSubscriptionRatio":20,"reservedPercentage":0}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('8ee8e80c-c4cd-413f-9a29-22c631c28e91',2,'reserve-quota','SUCCESS',1795889019740298,1795889019740420,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('8ee8e80c-c4cd-413f-9a29-22c631c28e91',3,'create-entry','SUCCESS',1795889019740422,1795889019740489,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('8ee8e80c-c4cd-413f-9a29-22c631c28e91',4,'try-pools','SUCCESS',1795889019740490,1795889019740531,'{"tried":[]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('8ee8e80c-c4cd-413f-9a29-22c631c28e91',5,'schedule','SUCCESS',1795889019740532,1795889019740830,'{"actualSize":1073741824,"chosenPool":"default","verdicts":[{"decision":"chosen","driver":"loopback","pool":"default","room":{"allocationUnit":4096,"capacity":{"backing":"file system fe00 of host ''vm''","free":81618731008,"total":270553174016},"isThin":true,"promised":10737418240,"reserved":0,"sharedWith":["ext"],"virtual":5400326062080},"size":1073741824,"why":"~4.91 TiB free of ~251.97 GiB with over-subscription, shared with ext"},{"decision":"eligible","driver":"external","pool":"ext","room":{"allocationUnit":4096,"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618731008,"logical":0,"total":270553174016},"isThin":true,"promised":10737418240,"reserved":0,"sharedWith":["default"],"virtual":5400326062080},"size":1073741824,"why":"~4.91 TiB free of ~251.97 GiB with over-subscription, shared with default"}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('8ee8e80c-c4cd-413f-9a29-22c631c28e91',6,'create-on-driver','RUNNING',1795889019740832,1795889019740832,NULL,NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('8ee8e80c-c4cd-413f-9a29-22c631c28e91',7,'create-on-driver','SUCCESS',1795889019740832,1795889019742326,'{"location":"/srv/volumes/s/pools/default/volume-c1c1aeea-4a13-44ac-a3e3-cf62d33d45c4"}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('8ee8e80c-c4cd-413f-9a29-22c631c28e91',8,'finish','SUCCESS',1795889019742408,1795889019742584,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('a3381d55-766a-41ac-8280-575912068a49',1,'survey-pools','SUCCESS',1795889021264184,1795889021401512,'{"reports":[{"capabilities":{"granule":4096,"isThin":true},"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618694144,"logical":0,"total":270553174016},"features":["extend","snapshot","revert","clone","image","health","mark"],"kind":"external","mark":"88fe8719-cdfe-45df-90ba-f9963010a8d1","name":"ext","overSubscriptionRatio":20,"reservedPercentage":0}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('a3381d55-766a-41ac-8280-575912068a49',2,'reserve-quota','SUCCESS',1795889021404528,1795889021404702,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('a3381d55-766a-41ac-8280-575912068a49',3,'create-entry','SUCCESS',1795889021404705,1795889021404806,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('a3381d55-766a-41ac-8280-575912068a49',4,'try-pools','SUCCESS',1795889021404807,1795889021404867,'{"tried":[]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('a3381d55-766a-41ac-8280-575912068a49',5,'schedule','SUCCESS',1795889021404869,1795889021405394,'{"actualSize":7340032,"chosenPool":"ext","verdicts":[{"decision":"chosen","driver":"external","pool":"ext","room":{"allocationUnit":4096,"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618694144,"logical":0,"total":270553174016},"isThin":true,"promised":15900483584,"reserved":0,"sharedWith":["default"],"virtual":5395162996736},"size":7340032,"why":"~4.9 TiB free of ~251.97 GiB with over-subscription, shared with default"}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('a3381d55-766a-41ac-8280-575912068a49',6,'create-on-driver','RUNNING',1795889021405397,1795889021405398,NULL,NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('a3381d55-766a-41ac-8280-575912068a49',7,'create-on-driver','SUCCESS',1795889021405397,1795889021574728,'{"location":"/srv/volumes/ext/volume-480774f5-bcae-4d7d-afe6-f6890ea8a2cb"}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('a3381d55-766a-41ac-8280-575912068a49',8,'finish','SUCCESS',1795889021575573,1795889021576860,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('a8124f6b-3755-43eb-9e10-aa065bf44d31',1,'survey-pools','SUCCESS',1795889020089899,1795889020194497,'{"reports":[{"capabilities":{"granule":4096,"isThin":true},"capacity":{"backing":"file system fe00 of host ''vm''","free":81618706432,"total":270553174016},"features":["extend","snapshot","revert","clone","image","attach","export","manage","health","mark"],"kind":"loopback","mark":"ac28d1b9-5855-4524-b146-80213e5722a9","name":"default","overSubscriptionRatio":20,"reservedPercentage":0},{"capabilities":{"granule":4096,"isThin":true},"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618501632,"logical":0,"total":270553174016},"features":["extend","snapshot","revert","clone","image","health","mark"],"kind":"external","mark":"88fe8719-cdfe-45df-90ba-f9963010a8d1","name":"ext","overSubscriptionRatio":20,"reservedPercentage":0}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('a8124f6b-3755-43eb-9e10-aa065bf44d31',2,'reserve-quota','FAILURE',1795889020194948,1795889020195622,NULL,'{"atom":"reserve-quota","causes":[],"type":"VolumeError","payload":{"type":"Volumes.VolumeError","json":"{\"aftermath\":\"nothing was changed\",\"cause\":\"quota \\\"per_volume_gigabytes\\\" is 200 GiB, asked for 300 GiB\",\"code\":{\"description\":\"quota_exceeded\"},\"message\":\"cannot create volume \\\"big\\\" (300 GiB): it is larger than a volume may be\",\"remedies\":[\"volumectl create --size 200 --name big\",\"raise quota.per-volume-gigabytes in the configuration\"],\"verdicts\":[]}"},"message":"cannot create volume \"big\" (300 GiB): it is larger than a volume may be: quota \"per_volume_gigabytes\" is 200 GiB, asked for 300 GiB"}','{"decision":"REVERT_ALL"}',NULL);
INSERT INTO flow_journal VALUES('a8124f6b-3755-43eb-9e10-aa065bf44d31',3,'reserve-quota','REVERTED',1795889020195627,1795889020195727,NULL,NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('a8124f6b-3755-43eb-9e10-aa065bf44d31',4,'survey-pools','REVERTED',1795889020195728,1795889020195729,NULL,NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('aaa9bd5d-515f-4ee6-97cb-110e6727c016',1,'mark-deleting','SUCCESS',1795889023027153,1795889023027453,'{"oldError":null,"oldSize":9437184,"oldStatus":"available","pool":"ext"}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('aaa9bd5d-515f-4ee6-97cb-110e6727c016',2,'delete-on-driver','RUNNING',1795889023027461,1795889023027474,NULL,NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c1884465-3227-43dc-8c47-8e866a3682a1',1,'survey-pools','SUCCESS',1795889020690308,1795889020896708,'{"reports":[{"capabilities":{"granule":4096,"isThin":true},"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618489344,"logical":0,"total":270553174016},"features":["extend","snapshot","revert","clone","image","health","mark"],"kind":"external","mark":"88fe8719-cdfe-45df-90ba-f9963010a8d1","name":"ext","overSubscriptionRatio":20,"reservedPercentage":0}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c1884465-3227-43dc-8c47-8e866a3682a1',2,'reserve-quota','SUCCESS',1795889020897182,1795889020897313,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c1884465-3227-43dc-8c47-8e866a3682a1',3,'create-entry','SUCCESS',1795889020897314,1795889020897408,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c1884465-3227-43dc-8c47-8e866a3682a1',4,'try-pools','SUCCESS',1795889020897409,1795889020897450,'{"tried":[]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c1884465-3227-43dc-8c47-8e866a3682a1',5,'schedule','SUCCESS',1795889020897451,1795889020897788,'{"actualSize":5242880,"chosenPool":"ext","verdicts":[{"decision":"chosen","driver":"external","pool":"ext","room":{"allocationUnit":4096,"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618489344,"logical":0,"total":270553174016},"isThin":true,"promised":15895240704,"reserved":0,"sharedWith":["default"],"virtual":5395168239616},"size":5242880,"why":"~4.9 TiB free of ~251.97 GiB with over-subscription, shared with default"}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c1884465-3227-43dc-8c47-8e866a3682a1',6,'create-on-driver','RUNNING',1795889020897790,1795889020897791,NULL,NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c1884465-3227-43dc-8c47-8e866a3682a1',7,'create-on-driver','FAILURE',1795889020897790,1795889020947485,NULL,'{"payload":{"type":"VolumeDriver.DriverError","json":"{\"code\":{\"description\":\"broken\"},\"message\":\"the disk is broken\"}"},"causes":[],"type":"DriverError","atom":"create-on-driver","message":"the disk is broken"}','{"decision":"REVERT_ALL","retry":"try-pools"}',NULL);
INSERT INTO flow_journal VALUES('c1884465-3227-43dc-8c47-8e866a3682a1',8,'create-on-driver','REVERTING',1795889020947782,1795889020947784,NULL,NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c1884465-3227-43dc-8c47-8e866a3682a1',9,'create-on-driver','REVERT_FAILURE',1795889020947782,1795889021070650,NULL,'{"atom":"create-on-driver","payload":{"json":"{\"code\":{\"description\":\"broken\"},\"leftBehind\":\"\/srv\/volumes\/ext\/volume-aed72ce1-9a4f-4ad4-9937-dfc017e7729f\",\"message\":\"the disk is broken\",\"retry\":false}","type":"VolumeDriver.DriverError"},"message":"the disk is broken","type":"DriverError","causes":[]}',NULL,NULL);
INSERT INTO flow_journal VALUES('c432c345-2332-48d4-b50b-64ce830414b7',1,'mark-deleting','SUCCESS',1795889020059607,1795889020059895,'{"oldError":null,"oldSize":2147483648,"oldStatus":"available","pool":"default"}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c432c345-2332-48d4-b50b-64ce830414b7',2,'delete-on-driver','RUNNING',1795889020059902,1795889020059916,NULL,NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c432c345-2332-48d4-b50b-64ce830414b7',3,'delete-on-driver','SUCCESS',1795889020059902,1795889020066934,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c432c345-2332-48d4-b50b-64ce830414b7',4,'remove-entry','SUCCESS',1795889020067041,1795889020067252,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c753df4a-be84-45be-a171-7d3a79f82699',1,'survey-pools','SUCCESS',1795889019761283,1795889019872195,'{"reports":[{"capabilities":{"granule":4096,"isThin":true},"capacity":{"backing":"file system fe00 of host ''vm''","free":81618722816,"total":270553174016},"features":["extend","snapshot","revert","clone","image","attach","export","manage","health","mark"],"kind":"loopback","mark":"ac28d1b9-5855-4524-b146-80213e5722a9","name":"default","overSubscriptionRatio":20,"reservedPercentage":0},{"capabilities":{"granule":4096,"isThin":true},"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618722816,"logical":0,"total":270553174016},"features":["extend","snapshot","revert","clone","image","health","mark"],"kind":"external","mark":"88fe8719-cdfe-45df-90ba-f9963010a8d1","name":"ext","overSubscriptionRatio":20,"reservedPercentage":0}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c753df4a-be84-45be-a171-7d3a79f82699',2,'reserve-quota','SUCCESS',1795889019872654,1795889019872768,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c753df4a-be84-45be-a171-7d3a79f82699',3,'create-entry','SUCCESS',1795889019872769,1795889019872867,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c753df4a-be84-45be-a171-7d3a79f82699',4,'try-pools','SUCCESS',1795889019872867,1795889019872909,'{"tried":[]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c753df4a-be84-45be-a171-7d3a79f82699',5,'schedule','SUCCESS',1795889019872910,1795889019873226,'{"actualSize":4080934912,"chosenPool":"default","verdicts":[{"decision":"chosen","driver":"loopback","pool":"default","room":{"allocationUnit":4096,"capacity":{"backing":"file system fe00 of host ''vm''","free":81618722816,"total":270553174016},"isThin":true,"promised":11811160064,"reserved":0,"sharedWith":["ext"],"virtual":5399252320256},"size":4080934912,"why":"~4.91 TiB free of ~251.97 GiB with over-subscription, shared with ext"},{"decision":"eligible","driver":"external","pool":"ext","room":{"allocationUnit":4096,"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618722816,"logical":0,"total":270553174016},"isThin":true,"promised":11811160064,"reserved":0,"sharedWith":["default"],"virtual":5399252320256},"size":4080934912,"why":"~4.91 TiB free of ~251.97 GiB with over-subscription, shared with default"}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c753df4a-be84-45be-a171-7d3a79f82699',6,'create-on-driver','RUNNING',1795889019873228,1795889019873228,NULL,NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c753df4a-be84-45be-a171-7d3a79f82699',7,'create-on-driver','SUCCESS',1795889019873228,1795889019874766,'{"location":"/srv/volumes/s/pools/default/volume-0be87acb-0e72-4caf-93ac-c558a0394e9b"}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('c753df4a-be84-45be-a171-7d3a79f82699',8,'finish','SUCCESS',1795889019874847,1795889019875033,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('ca2254ed-a778-46d7-8605-68f4c48094ca',1,'survey-pools','SUCCESS',1795889019287342,1795889019598726,'{"reports":[{"capabilities":{"granule":4096,"isThin":true},"capacity":{"backing":"file system fe00 of host ''vm''","free":81618743296,"total":270553174016},"features":["extend","snapshot","revert","clone","image","attach","export","manage","health","mark"],"kind":"loopback","mark":"ac28d1b9-5855-4524-b146-80213e5722a9","name":"default","overSubscriptionRatio":20,"reservedPercentage":0},{"capabilities":{"granule":4096,"isThin":true},"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618731008,"logical":0,"total":270553174016},"features":["extend","snapshot","revert","clone","image","health","mark"],"kind":"external","mark":"88fe8719-cdfe-45df-90ba-f9963010a8d1","name":"ext","overSubscriptionRatio":20,"reservedPercentage":0}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('ca2254ed-a778-46d7-8605-68f4c48094ca',2,'reserve-quota','SUCCESS',1795889019599278,1795889019599596,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('ca2254ed-a778-46d7-8605-68f4c48094ca',3,'create-entry','SUCCESS',1795889019599598,1795889019599695,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('ca2254ed-a778-46d7-8605-68f4c48094ca',4,'try-pools','SUCCESS',1795889019599696,1795889019599735,'{"tried":[]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('ca2254ed-a778-46d7-8605-68f4c48094ca',5,'schedule','SUCCESS',1795889019599736,1795889019600167,'{"actualSize":10737418240,"chosenPool":"default","verdicts":[{"decision":"chosen","driver":"loopback","pool":"default","room":{"allocationUnit":4096,"capacity":{"backing":"file system fe00 of host ''vm''","free":81618743296,"total":270553174016},"isThin":true,"promised":0,"reserved":0,"sharedWith":["ext"],"virtual":5411063480320},"size":10737418240,"why":"~4.92 TiB free of ~251.97 GiB with over-subscription, shared with ext"},{"decision":"eligible","driver":"external","pool":"ext","room":{"allocationUnit":4096,"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618731008,"logical":0,"total":270553174016},"isThin":true,"promised":0,"reserved":0,"sharedWith":["default"],"virtual":5411063480320},"size":10737418240,"why":"~4.92 TiB free of ~251.97 GiB with over-subscription, shared with default"}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('ca2254ed-a778-46d7-8605-68f4c48094ca',6,'create-on-driver','RUNNING',1795889019600168,1795889019600169,NULL,NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('ca2254ed-a778-46d7-8605-68f4c48094ca',7,'create-on-driver','SUCCESS',1795889019600168,1795889019601668,'{"location":"/srv/volumes/s/pools/default/volume-f7fc3671-0f62-4361-85f4-915ad97fe417"}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('ca2254ed-a778-46d7-8605-68f4c48094ca',8,'finish','SUCCESS',1795889019601762,1795889019601952,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('f68d5fdd-b537-497c-9830-c6a1d86ecda4',1,'survey-pools','SUCCESS',1795889021627708,1795889021822572,'{"reports":[{"capabilities":{"granule":4096,"isThin":true},"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618690048,"logical":7340032,"total":270553174016},"features":["extend","snapshot","revert","clone","image","health","mark"],"kind":"external","mark":"88fe8719-cdfe-45df-90ba-f9963010a8d1","name":"ext","overSubscriptionRatio":20,"reservedPercentage":0}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('f68d5fdd-b537-497c-9830-c6a1d86ecda4',2,'reserve-quota','SUCCESS',1795889021823478,1795889021823607,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('f68d5fdd-b537-497c-9830-c6a1d86ecda4',3,'create-entry','SUCCESS',1795889021823609,1795889021823767,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('f68d5fdd-b537-497c-9830-c6a1d86ecda4',4,'try-pools','SUCCESS',1795889021823768,1795889021823856,'{"tried":[]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('f68d5fdd-b537-497c-9830-c6a1d86ecda4',5,'schedule','SUCCESS',1795889021823857,1795889021824332,'{"actualSize":9437184,"chosenPool":"ext","verdicts":[{"decision":"chosen","driver":"external","pool":"ext","room":{"allocationUnit":4096,"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618690048,"logical":7340032,"total":270553174016},"isThin":true,"promised":15907823616,"reserved":0,"sharedWith":["default"],"virtual":5395155656704},"size":9437184,"why":"~4.9 TiB free of ~251.97 GiB with over-subscription, shared with default"}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('f68d5fdd-b537-497c-9830-c6a1d86ecda4',6,'create-on-driver','RUNNING',1795889021824334,1795889021824335,NULL,NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('f68d5fdd-b537-497c-9830-c6a1d86ecda4',7,'create-on-driver','SUCCESS',1795889021824334,1795889021997360,'{"location":"/srv/volumes/ext/volume-88c146b1-842d-478c-b0ac-0041bdcc29aa"}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('f68d5fdd-b537-497c-9830-c6a1d86ecda4',8,'finish','SUCCESS',1795889021997768,1795889021998021,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('fa7360e7-8b26-41fd-8859-fdb2892827f7',1,'survey-pools','SUCCESS',1795889020225846,1795889020458739,'{"reports":[{"capabilities":{"granule":4096,"isThin":true},"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618497536,"logical":0,"total":270553174016},"features":["extend","snapshot","revert","clone","image","health","mark"],"kind":"external","mark":"88fe8719-cdfe-45df-90ba-f9963010a8d1","name":"ext","overSubscriptionRatio":20,"reservedPercentage":0}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('fa7360e7-8b26-41fd-8859-fdb2892827f7',2,'reserve-quota','SUCCESS',1795889020459266,1795889020459388,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('fa7360e7-8b26-41fd-8859-fdb2892827f7',3,'create-entry','SUCCESS',1795889020459418,1795889020459525,'{}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('fa7360e7-8b26-41fd-8859-fdb2892827f7',4,'try-pools','SUCCESS',1795889020459526,1795889020459574,'{"tried":[]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('fa7360e7-8b26-41fd-8859-fdb2892827f7',5,'schedule','SUCCESS',1795889020459575,1795889020459850,'{"actualSize":3145728,"chosenPool":"ext","verdicts":[{"decision":"chosen","driver":"external","pool":"ext","room":{"allocationUnit":4096,"capacity":{"allocated":0,"backing":"file system fe00 of host ''vm''","free":81618497536,"logical":0,"total":270553174016},"isThin":true,"promised":15892094976,"reserved":0,"sharedWith":["default"],"virtual":5395171385344},"size":3145728,"why":"~4.9 TiB free of ~251.97 GiB with over-subscription, shared with default"}]}',NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('fa7360e7-8b26-41fd-8859-fdb2892827f7',6,'create-on-driver','RUNNING',1795889020459852,1795889020459853,NULL,NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('fa7360e7-8b26-41fd-8859-fdb2892827f7',7,'create-on-driver','FAILURE',1795889020459852,1795889020498826,NULL,'{"atom":"create-on-driver","type":"DriverError","payload":{"type":"VolumeDriver.DriverError","json":"{\"code\":{\"description\":\"broken\"},\"message\":\"the disk is broken\"}"},"causes":[],"message":"the disk is broken"}','{"retry":"try-pools","decision":"REVERT_ALL"}',NULL);
INSERT INTO flow_journal VALUES('fa7360e7-8b26-41fd-8859-fdb2892827f7',8,'create-on-driver','REVERTING',1795889020499060,1795889020499063,NULL,NULL,NULL,NULL);
INSERT INTO flow_journal VALUES('fa7360e7-8b26-41fd-8859-fdb2892827f7',9,'create-on-driver','REVERT_FAILURE',1795889020499060,1795889020649489,NULL,'{"type":"DriverError","atom":"create-on-driver","message":"the disk is broken","payload":{"type":"VolumeDriver.DriverError","json":"{\"code\":{\"description\":\"broken\"},\"leftBehind\":\"\/srv\/volumes\/ext\/volume-a687c87b-2b48-4609-86f1-831f4d81db5a\",\"message\":\"the disk is broken\",\"retry\":false}"},"causes":[]}',NULL,NULL);
CREATE TABLE logbook (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    meta TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE flow_shape (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO flow_shape VALUES(1,'{"request":[{"name":"volume","type":"Identifier<VolumeTag>"},{"name":"project","type":"String"},{"name":"name","type":"VolumeName?"},{"name":"size","type":"ByteCount?"},{"name":"freePercent","type":"Int?"},{"name":"pool","type":"String?"},{"name":"requestedPool","type":"String?"},{"name":"isNewID","type":"Bool?"}],"atoms":[{"name":"survey-pools","version":1,"kind":"task","effect":"pure","takes":[{"name":"pool","type":"String?","source":"the request"}],"gives":[{"name":"reports","type":"Array<PoolReport>"}],"after":{"atoms":[],"joins":[]}},{"name":"reserve-quota","version":1,"kind":"task","effect":"transactional","takes":[{"name":"volume","type":"Identifier<VolumeTag>","source":"the request"},{"name":"project","type":"String","source":"the request"},{"name":"name","type":"VolumeName?","source":"the request"},{"name":"size","type":"ByteCount?","source":"the request"},{"name":"freePercent","type":"Int?","source":"the request"},{"name":"pool","type":"String?","source":"the request"}],"gives":[],"after":{"atoms":["survey-pools"],"joins":[]}},{"name":"create-entry","version":1,"kind":"task","effect":"transactional","takes":[{"name":"volume","type":"Identifier<VolumeTag>","source":"the request"},{"name":"project","type":"String","source":"the request"},{"name":"name","type":"VolumeName?","source":"the request"},{"name":"size","type":"ByteCount?","source":"the request"},{"name":"freePercent","type":"Int?","source":"the request"},{"name":"requestedPool","type":"String?","source":"the request"}],"gives":[],"after":{"atoms":["reserve-quota"],"joins":[]}},{"name":"try-pools","version":1,"kind":"retry","effect":"pure","takes":[{"name":"pool","type":"String?","source":"the request"},{"name":"reports","type":"Array<PoolReport>","source":"''survey-pools''"}],"gives":[{"name":"tried","type":"Array<PoolAttempt>"}],"after":{"atoms":["create-entry"],"joins":[]}},{"name":"schedule","version":1,"kind":"task","effect":"transactional","takes":[{"name":"volume","type":"Identifier<VolumeTag>","source":"the request"},{"name":"project","type":"String","source":"the request"},{"name":"name","type":"VolumeName?","source":"the request"},{"name":"size","type":"ByteCount?","source":"the request"},{"name":"freePercent","type":"Int?","source":"the request"},{"name":"pool","type":"String?","source":"the request"},{"name":"reports","type":"Array<PoolReport>","source":"''survey-pools''"},{"name":"tried","type":"Array<PoolAttempt>","source":"''try-pools''"}],"gives":[{"name":"chosenPool","type":"String"},{"name":"actualSize","type":"ByteCount"},{"name":"verdicts","type":"Array<PoolVerdict>"}],"after":{"atoms":["try-pools"],"joins":[]},"retry":"try-pools"},{"name":"create-on-driver","version":1,"kind":"task","effect":"external","takes":[{"name":"volume","type":"Identifier<VolumeTag>","source":"the request"},{"name":"actualSize","type":"ByteCount","source":"''schedule''"},{"name":"chosenPool","type":"String","source":"''schedule''"},{"name":"isNewID","type":"Bool?","source":"the request"},{"name":"tried","type":"Array<PoolAttempt>","source":"''try-pools''"}],"gives":[{"name":"location","type":"String"}],"after":{"atoms":["schedule"],"joins":[]},"retry":"try-pools"},{"name":"finish","version":1,"kind":"task","effect":"transactional","takes":[{"name":"volume","type":"Identifier<VolumeTag>","source":"the request"},{"name":"project","type":"String","source":"the request"},{"name":"actualSize","type":"ByteCount","source":"''schedule''"}],"gives":[],"after":{"atoms":["create-on-driver"],"joins":[]}}],"joins":[]}');
INSERT INTO flow_shape VALUES(2,'{"request":[{"name":"volume","type":"Identifier<VolumeTag>"}],"atoms":[{"name":"mark-deleting","version":1,"kind":"task","effect":"transactional","takes":[{"name":"volume","type":"Identifier<VolumeTag>","source":"the request"}],"gives":[{"name":"pool","type":"String?"},{"name":"oldStatus","type":"VolumeStatus"},{"name":"oldError","type":"String?"},{"name":"oldSize","type":"ByteCount?"}],"after":{"atoms":[],"joins":[]}},{"name":"delete-on-driver","version":1,"kind":"task","effect":"external","takes":[{"name":"volume","type":"Identifier<VolumeTag>","source":"the request"},{"name":"pool","type":"String?","source":"''mark-deleting''"},{"name":"oldStatus","type":"VolumeStatus","source":"''mark-deleting''"},{"name":"oldSize","type":"ByteCount?","source":"''mark-deleting''"}],"gives":[],"after":{"atoms":["mark-deleting"],"joins":[]}},{"name":"remove-entry","version":1,"kind":"task","effect":"transactional","takes":[{"name":"volume","type":"Identifier<VolumeTag>","source":"the request"}],"gives":[],"after":{"atoms":["delete-on-driver"],"joins":[]}}],"joins":[]}');
CREATE TABLE job (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    flow TEXT NOT NULL,
    version INTEGER NOT NULL,
    request TEXT NOT NULL,
    run TEXT NOT NULL,
    subject TEXT NOT NULL,
    priority TEXT NOT NULL,
    rank INTEGER NOT NULL,
    posted_by TEXT NOT NULL,
    posted_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    owner TEXT,
    owner_lock INTEGER NOT NULL DEFAULT 0,
    lease INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER,
    trash_reason TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS "volume" (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    project TEXT NOT NULL,
    name TEXT,
    size INTEGER NOT NULL CHECK (size >= 0),
    pool TEXT,
    status TEXT NOT NULL,
    is_reserved INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    flow TEXT NOT NULL,
    last_error TEXT,
    requested_size INTEGER,
    requested_percent INTEGER,
    requested_pool TEXT,
    UNIQUE (project, name)
) STRICT;
INSERT INTO volume VALUES(1,'f7fc3671-0f62-4361-85f4-915ad97fe417','default','web',10737418240,'default','available',0,1795889019599619,1795889019601820,'ca2254ed-a778-46d7-8605-68f4c48094ca',NULL,10737418240,NULL,NULL);
INSERT INTO volume VALUES(2,'c1c1aeea-4a13-44ac-a3e3-cf62d33d45c4','default',NULL,1073741824,'default','available',0,1795889019740437,1795889019742452,'8ee8e80c-c4cd-413f-9a29-22c631c28e91',NULL,1073741824,NULL,NULL);
INSERT INTO volume VALUES(3,'0be87acb-0e72-4caf-93ac-c558a0394e9b','default','share',4080934912,'default','available',0,1795889019872785,1795889019874902,'c753df4a-be84-45be-a171-7d3a79f82699',NULL,NULL,5,NULL);
INSERT INTO volume VALUES(4,'a687c87b-2b48-4609-86f1-831f4d81db5a','default','broken',3145728,'ext','error',1,1795889020459438,1795889020649871,'fa7360e7-8b26-41fd-8859-fdb2892827f7','''create-on-driver'' failed: the disk is broken; ''create-on-driver'' failed: the disk is broken',3145728,NULL,'ext');
INSERT INTO volume VALUES(5,'aed72ce1-9a4f-4ad4-9937-dfc017e7729f','default','given-up',5242880,'ext','error',1,1795889020897331,1795889021070976,'c1884465-3227-43dc-8c47-8e866a3682a1','''create-on-driver'' failed: the disk is broken; ''create-on-driver'' failed: the disk is broken',5242880,NULL,'ext');
INSERT INTO volume VALUES(6,'480774f5-bcae-4d7d-afe6-f6890ea8a2cb','default','half-way',7340032,'ext','available',0,1795889021404725,1795889021575697,'a3381d55-766a-41ac-8280-575912068a49',NULL,7340032,NULL,'ext');
INSERT INTO volume VALUES(7,'88c146b1-842d-478c-b0ac-0041bdcc29aa','default','leaving',9437184,'ext','deleting',0,1795889021823625,1795889023027274,'aaa9bd5d-515f-4ee6-97cb-110e6727c016',NULL,9437184,NULL,'ext');
INSERT INTO volume VALUES(8,'af6415e1-5341-4d60-8467-95e620bc89f2','default','begun',11534336,'ext','creating',1,1795889022126950,1795889022126950,'0acc0de7-2095-4187-87cc-0c592567fe89',NULL,11534336,NULL,'ext');
CREATE TABLE quota_usage (
    project TEXT PRIMARY KEY,
    volumes_in_use INTEGER NOT NULL DEFAULT 0 CHECK (volumes_in_use >= 0),
    bytes_in_use INTEGER NOT NULL DEFAULT 0 CHECK (bytes_in_use >= 0),
    volumes_reserved INTEGER NOT NULL DEFAULT 0 CHECK (volumes_reserved >= 0),
    bytes_reserved INTEGER NOT NULL DEFAULT 0 CHECK (bytes_reserved >= 0)
) STRICT;
INSERT INTO quota_usage VALUES('default',5,15908872192,3,19922944);
CREATE TABLE pool (
    name TEXT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    known_since INTEGER NOT NULL
) STRICT;
INSERT INTO pool VALUES('default','ac28d1b9-5855-4524-b146-80213e5722a9','loopback',1795889019599937);
INSERT INTO pool VALUES('ext','88fe8719-cdfe-45df-90ba-f9963010a8d1','external',1795889019599987);
CREATE TABLE pool_provisioned (
    pool TEXT PRIMARY KEY,
    volumes INTEGER NOT NULL DEFAULT 0 CHECK (volumes >= 0),
    bytes INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0),
    backing TEXT
) STRICT;
INSERT INTO pool_provisioned VALUES('default',3,15892094976,'file system fe00 of host ''vm''');
INSERT INTO pool_provisioned VALUES('ext',5,36700160,'file system fe00 of host ''vm''');
CREATE INDEX flow_unfinished ON flow (number) WHERE state NOT IN ('SUCCESS', 'FAILURE', 'REVERTED');
CREATE INDEX flow_book ON flow (book) WHERE book IS NOT NULL;
CREATE INDEX flow_failed ON flow (number) WHERE state = 'FAILURE' AND resolved_at IS NULL;
CREATE INDEX job_posted ON job (rank DESC, number) WHERE trash_reason IS NULL;
CREATE INDEX job_owned ON job (number) WHERE trash_reason IS NULL AND owner IS NOT NULL;
CREATE INDEX job_trashed ON job (number) WHERE trash_reason IS NOT NULL;
CREATE INDEX job_run ON job (run);
CREATE INDEX volume_by_pool ON volume (pool);
CREATE INDEX volume_by_project ON volume (project, number);
CREATE INDEX volume_by_flow ON volume (flow);
COMMIT;
