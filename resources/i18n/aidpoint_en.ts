<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>CaseBoard</name>
    <message numerus="yes">
        <source>%n cases</source>
        <translation>
            <numerusform>one case</numerusform>
            <numerusform>%n cases</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CaseView</name>
    <message numerus="yes">
        <source>Contacts · %n</source>
        <translation>
            <numerusform>Contacts · %n</numerusform>
            <numerusform>Contacts · %n</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CopiesCard</name>
    <message numerus="yes">
        <source>{when}, {size} MB; %n in all</source>
        <translation>
            <numerusform>{when}, {size} MB; %n in all</numerusform>
            <numerusform>{when}, {size} MB; %n in all</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CountEnd</name>
    <message numerus="yes">
        <source>%n line(s) differ</source>
        <translation>
            <numerusform>%n line differs</numerusform>
            <numerusform>%n lines differ</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Counter</name>
    <message numerus="yes">
        <source>%n put aside</source>
        <translation>
            <numerusform>one put aside</numerusform>
            <numerusform>%n put aside</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n written from paper</source>
        <translation>
            <numerusform>%n written from paper</numerusform>
            <numerusform>%n written from paper</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Day</name>
    <message numerus="yes">
        <source>%n more on their own page</source>
        <translation>
            <numerusform>one more on its own page</numerusform>
            <numerusform>%n more on their own page</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>refused %n times</source>
        <translation>
            <numerusform>refused once</numerusform>
            <numerusform>refused %n times</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>lasts %n days</source>
        <translation>
            <numerusform>lasts one day</numerusform>
            <numerusform>lasts %n days</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>New cases in %n days</source>
        <translation>
            <numerusform>New cases in one day</numerusform>
            <numerusform>New cases in %n days</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Desktop</name>
    <message numerus="yes">
        <source>Synced: %n sent</source>
        <translation>
            <numerusform>Synced: %n sent</numerusform>
            <numerusform>Synced: %n sent</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>, %n received</source>
        <translation>
            <numerusform>, %n received</numerusform>
            <numerusform>, %n received</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Farewell</name>
    <message numerus="yes">
        <source>Sending the last %n record(s)…</source>
        <translation>
            <numerusform>Sending the last record…</numerusform>
            <numerusform>Sending the last %n records…</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sent</source>
        <translation>
            <numerusform>%n sent</numerusform>
            <numerusform>%n sent</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FileStep</name>
    <message numerus="yes">
        <source>%n here</source>
        <translation>
            <numerusform>%n here</numerusform>
            <numerusform>%n here</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>HandOutForm</name>
    <message numerus="yes">
        <source>for %n people</source>
        <translation>
            <numerusform>for %n person</numerusform>
            <numerusform>for %n people</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ItemDetail</name>
    <message numerus="yes">
        <source>%n day(s)</source>
        <translation>
            <numerusform>%n day</numerusform>
            <numerusform>%n days</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Known</name>
    <message numerus="yes">
        <source>met %n times</source>
        <translation>
            <numerusform>met once</numerusform>
            <numerusform>met %n times</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Perhaps</name>
    <message numerus="yes">
        <source>%n times</source>
        <translation>
            <numerusform>once</numerusform>
            <numerusform>%n times</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RailItem</name>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n waiting</numerusform>
            <numerusform>%n waiting</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StickCard</name>
    <message numerus="yes">
        <source>Pack %n record(s) onto the stick</source>
        <translation>
            <numerusform>Pack %n record onto the stick</numerusform>
            <numerusform>Pack %n records onto the stick</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Packed {when}: %n record(s). The center has not received them yet: take the stick there, and read its answer here.</source>
        <translation>
            <numerusform>Packed {when}: %n record. The center has not received it yet: take the stick there, and read its answer here.</numerusform>
            <numerusform>Packed {when}: %n records. The center has not received them yet: take the stick there, and read its answer here.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n record(s) are on the stick, which may be taken out.</source>
        <translation>
            <numerusform>%n record is on the stick, which may be taken out.</numerusform>
            <numerusform>%n records are on the stick, which may be taken out.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n other file(s) here could not be read: {why}</source>
        <translation>
            <numerusform>%n other file here could not be read: {why}</numerusform>
            <numerusform>%n other files here could not be read: {why}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The center has received %n record(s) of this computer.</source>
        <translation>
            <numerusform>The center has received %n record of this computer.</numerusform>
            <numerusform>The center has received %n records of this computer.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n record(s) of others came.</source>
        <translation>
            <numerusform>%n record of others came.</numerusform>
            <numerusform>%n records of others came.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The center keeps %n of them apart for now.</source>
        <translation>
            <numerusform>The center keeps %n of them apart for now.</numerusform>
            <numerusform>The center keeps %n of them apart for now.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>About %n more did not fit: pack again to fetch them.</source>
        <translation>
            <numerusform>About %n more did not fit: pack again to fetch it.</numerusform>
            <numerusform>About %n more did not fit: pack again to fetch them.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n record(s) here have not been received by the center yet.</source>
        <translation>
            <numerusform>%n record here has not been received by the center yet.</numerusform>
            <numerusform>%n records here have not been received by the center yet.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StickOffer</name>
    <message numerus="yes">
        <source>On the stick {name} there are %n enrolment file(s)</source>
        <translation>
            <numerusform>On the stick {name} there is %n enrolment file</numerusform>
            <numerusform>On the stick {name} there are %n enrolment files</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StockRoom</name>
    <message numerus="yes">
        <source>%n to answer: before the count or after</source>
        <translation>
            <numerusform>%n to answer: before the count or after</numerusform>
            <numerusform>%n to answer: before the count or after</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StockWords</name>
    <message numerus="yes">
        <source>lasts %n day(s)</source>
        <translation>
            <numerusform>lasts %n day</numerusform>
            <numerusform>lasts %n days</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SyncPanel</name>
    <message numerus="yes">
        <source>%n record(s), all kept</source>
        <translation>
            <numerusform>one record to upload, kept</numerusform>
            <numerusform>%n records to upload, all kept</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>about %n record(s) to fetch</source>
        <translation>
            <numerusform>about %n record to fetch</numerusform>
            <numerusform>about %n records to fetch</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SyncPill</name>
    <message numerus="yes">
        <source>%n to look at</source>
        <translation>
            <numerusform>%n to look at</numerusform>
            <numerusform>%n to look at</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n record(s)</source>
        <translation>
            <numerusform>%n record</numerusform>
            <numerusform>%n records</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>not uploaded for %n day(s)</source>
        <translation>
            <numerusform>not uploaded for %n day</numerusform>
            <numerusform>not uploaded for %n days</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n to upload</source>
        <translation>
            <numerusform>%n to upload</numerusform>
            <numerusform>%n to upload</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>No contact for %n day(s)</source>
        <translation>
            <numerusform>No contact for %n day</numerusform>
            <numerusform>No contact for %n days</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>About %n to fetch</source>
        <translation>
            <numerusform>About %n to fetch</numerusform>
            <numerusform>About %n to fetch</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SyncWords</name>
    <message numerus="yes">
        <source>%n record(s) wait to be uploaded</source>
        <translation>
            <numerusform>%n record waits to be uploaded</numerusform>
            <numerusform>%n records wait to be uploaded</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>About %n record(s) still to fetch</source>
        <translation>
            <numerusform>About %n record still to fetch</numerusform>
            <numerusform>About %n records still to fetch</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n wait; records go first and never wait for them</source>
        <translation>
            <numerusform>%n waits; records go first and never wait for it</numerusform>
            <numerusform>%n wait; records go first and never wait for them</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n to upload</source>
        <translation>
            <numerusform>%n to upload</numerusform>
            <numerusform>%n to upload</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>about %n to fetch</source>
        <translation>
            <numerusform>about %n to fetch</numerusform>
            <numerusform>about %n to fetch</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TraceLine</name>
    <message numerus="yes">
        <source>The center will not take in %n change(s); they are here alone</source>
        <translation>
            <numerusform>The center will not take in %n change; it is here alone</numerusform>
            <numerusform>The center will not take in %n changes; they are here alone</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Waits to be uploaded, %n change(s)</source>
        <translation>
            <numerusform>Waits to be uploaded, %n change</numerusform>
            <numerusform>Waits to be uploaded, %n changes</numerusform>
        </translation>
    </message>
</context>
</TS>
